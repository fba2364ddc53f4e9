"""Judging answers: one on a page, three keys, and the next. Each form makes one domain call."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from conversations.drawn import blocks
from release.judged import verdicts
from release.judged.verdicts import JUDGES
from release.models.judged import Judgement, Sampled
from release.web.pages import attempt, page, user
from sites.access.roles import sites_of

MEANING = {
    "right": "It answers what was asked, and what it says holds for this customer.",
    "beside": "It is true, and answers something else.",
    "misleading": "Who believes it does the wrong thing, or expects what will not come.",
}


@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest) -> HttpResponse:
    """The next answer to judge, or the word on one; `after`: one that was left alone."""
    who = user(request)
    theirs = sites_of(who, *JUDGES)
    if not theirs.exists():
        raise PermissionDenied
    if request.method == "POST":
        asked = request.POST.get("sampled", "")
        key = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
        found = get_object_or_404(Sampled.objects.select_related("turn"), pk=key, site__in=theirs)
        attempt(request, lambda: verdicts.judge(found, request.POST.get("verdict", ""), actor=who), "Kept.")
        return HttpResponseRedirect(reverse("admin:release_judge"))
    after = request.GET.get("after", "")
    one = verdicts.next_for(who, int(after) if after.isdecimal() and len(after) < 19 else 0)
    shown = verdicts.shown(one, actor=who) if one else None
    return page(
        request,
        "judge",
        tab="Judge answers",
        title="Judge answers",
        shown=shown,
        blocks=blocks(shown.text, shown.parts) if shown else (),
        verdicts=[(value, label, MEANING[value]) for value, label in Judgement.Verdict.choices],
        left=verdicts.waiting(who).count(),
        today=verdicts.made_today(who),
        most=verdicts.A_DAY,
    )
