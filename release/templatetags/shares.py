"""Shares in words."""

from django import template

register = template.Library()


@register.filter
def shares(interval: tuple[float, float]) -> str:
    """An interval of two shares between 0 and 1, in percent."""
    low, high = interval
    return f"{low * 100:.0f} to {high * 100:.0f} %"
