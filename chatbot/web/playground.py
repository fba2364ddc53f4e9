"""The demo's page that writes the line for a page: every option in a form, the line as it is then, and how it looks."""

from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from sites.core import foreign

API = Path(settings.BASE_DIR) / "chatbot" / "widget" / "api.yaml"
SITE = "fernway"
LEFT_OUT = frozenset({"host", "full"})
"""Options that make no difference on this page."""
LONGEST = 200


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The form, the line, and the widget as the line has it; only where the demo runs."""
    chosen = _chosen(request)
    line = snippet(chosen, settings.HANDRAIL_BASE_URL)
    fields = [{**each, "value": chosen.get(each["name"], ""), "among": _among(each["type"])} for each in _options()]
    context = {"fields": fields, "line": line, "here": snippet(chosen, "")}
    return render(request, "chatbot/playground.html", context)


def snippet(chosen: dict[str, str], base: str) -> SafeString:
    """The line with these options, each as an attribute."""
    said = format_html_join("", ' data-{}="{}"', chosen.items())
    return format_html('<script src="{}/w/v1.js"{} async></script>', base, said)


def _options() -> list[dict[str, Any]]:
    there: list[dict[str, Any]] = yaml.safe_load(API.read_text(encoding="utf-8"))["options"]
    return [each for each in there if each["name"] not in LEFT_OUT]


def _chosen(request: HttpRequest) -> dict[str, str]:
    """The options somebody has filled in, in the order they are listed; the site where it is left out."""
    if not settings.DEBUG:
        raise Http404
    typed = {each["name"]: foreign.text(request.GET.get(each["name"], ""))[:LONGEST] for each in _options()}
    return {"site": SITE} | {name: value for name, value in typed.items() if value}


def _among(kind: str) -> list[str]:
    """What an option may be, where that is one of a few."""
    return [each.strip(' "') for each in kind.split("|")] if "|" in kind else []
