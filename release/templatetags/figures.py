"""Shares as people read them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from release.monitoring.monitor import Share

register = template.Library()


@register.filter
def share(given: Share) -> SafeString:
    """“34 % (29–40)” with its interval, “of n” where n is too small to speak of a share, “–” of nothing."""
    if not given.n:
        return mark_safe("–")
    if not given.enough:
        return format_html('{}<span class="quiet"> of {}</span>', given.hits, given.n)
    low, high = given.interval
    return format_html(
        '{} %<span class="quiet"> ({}–{})</span>', round(100 * (given.share or 0)), round(100 * low), round(100 * high)
    )
