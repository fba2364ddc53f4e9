"""A first category in an hour: hand in past questions, watch them being read, accept or throw away what is proposed."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from knowledge.face.documents import FORMATS
from knowledge.face.editing import ownership
from knowledge.face.pages import staff
from knowledge.models import Category
from release.models.started import Start, Suggestion
from release.onboarding import folders
from release.onboarding import starts as guided
from sites.access.roles import NotAllowed, require, roles_of, sites_of
from sites.admin.scoped import key_of
from sites.core.refusal import Refused
from sites.models import Role, Site

Kind, State = Suggestion.Kind, Suggestion.State
HEADINGS = (
    (
        Kind.EXAMPLE,
        "Examples",
        "What customers write when they mean it; ten are needed before they see it.",
    ),
    (Kind.COUNTEREXAMPLE, "Counterexamples", "Near it, but not it."),
    (Kind.SCENARIO, "Held-out scenarios", "Never used as examples: they test whether the category works."),
    (Kind.ARTICLE, "Articles, as drafts", "Somebody else approves them."),
)
FROM_ARTICLES = {
    Kind.EXAMPLE: "Questions that the articles themselves ask: the house's words, not customers'. A title is nobody's "
    "question; tick it if customers write so. Ten are needed before customers see the category.",
    Kind.COUNTEREXAMPLE: "From the other proposals here: near it, but not it.",
    Kind.SCENARIO: "Never used as examples. They stand in the articles word for word, so they are easier than what "
    "customers write: add real questions as soon as there are any.",
}
"""What is said instead of a heading's hint where a folder of articles was handed in."""


@staff_member_required
def starts(request: HttpRequest) -> HttpResponse:
    """The starts of the person's sites, and the form for another."""
    theirs = sites_of(request.user, *guided.MAY).order_by("name")
    if not theirs:
        raise PermissionDenied
    problem = ""
    if request.method == "POST":
        site = get_object_or_404(theirs, pk=key_of(request.POST.get("site", "")))
        try:
            return redirect("chatbot:start", _begun(request, site).pk)
        except (Refused, NotAllowed) as why:
            problem = str(why)
    listed = Start.objects.filter(site__in=theirs).select_related("site")[:50]
    context = {"sites": theirs, "starts": listed, "problem": problem, "formats": ",".join((*FORMATS, ".zip"))}
    return _page(request, "starts", title="A first category in an hour", **context)


@require_GET
@staff_member_required
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """One start: its progress, then its proposals."""
    found = _start(request, pk)
    open_ = found.suggestions.filter(state=State.OPEN)
    subjects = open_.filter(kind=Kind.CATEGORY).select_related("start").prefetch_related("parts")
    decided = found.suggestions.filter(kind__in=(Kind.CATEGORY, Kind.GAP)).exclude(state=State.OPEN)
    return _page(
        request,
        "start",
        title=found.name,
        trail=[("A first category", reverse("chatbot:starts"))],
        start=found,
        progress=guided.progress(found),
        subjects=[(subject, _parts(subject)) for subject in subjects],
        gaps=open_.filter(kind=Kind.GAP),
        decided=decided,
        categories=ownership.categories(staff(request), Site.objects.filter(pk=found.site_id)),
        whole=ownership.whole(staff(request), found.site_id),
        owned=not roles_of(request.user, found.site).isdisjoint({Role.CONTENT_OWNER, Role.ADMIN}),
    )


@require_GET
@staff_member_required
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar; the page is loaded again when the proposals are there."""
    found = _start(request, pk)
    response = render(request, "chatbot/start_progress.html", {"start": found, "progress": guided.progress(found)})
    if found.state == Start.State.READY:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@staff_member_required
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Accept a proposal or throw it away."""
    held = Suggestion.objects.filter(start__site__in=sites_of(request.user)).select_related("start__site")
    found = get_object_or_404(held, pk=pk, subject=None, kind__in=(Kind.CATEGORY, Kind.GAP))
    try:
        messages.success(request, _done(request, found, verb))
    except (Refused, NotAllowed) as why:
        messages.error(request, str(why))
    return redirect("chatbot:start", found.start_id)


def _begun(request: HttpRequest, site: Site) -> Start:
    """One call: for a file of questions, or for a folder."""
    files = [*request.FILES.getlist("file"), *request.FILES.getlist("folder")]
    if not files:
        raise Refused("Choose a file, several, or a .zip of a folder.")
    if request.POST.get("kind") == "articles" or folders.is_folder(files):
        return guided.begin_folder(site, files, request.POST.getlist("path"), actor=staff(request))
    return guided.begin(site, files[0], actor=staff(request))


def _done(request: HttpRequest, found: Suggestion, verb: str) -> str:
    actor = staff(request)
    if verb == "drop":
        guided.drop(found, actor=actor)
        return "Thrown away."
    if found.kind == Kind.GAP:
        guided.take_gap(found, actor=actor)
        return "It is on the gap list now."
    keep = [int(key) for key in request.POST.getlist("part") if key.isdecimal()]
    into = _category(found.start.site, request.POST.get("into", ""))
    made = guided.accept(found, title=request.POST.get("title", ""), keep=keep, actor=actor, into=into)
    return f"{made} is a category at level 1. Its scenarios wait under Releases; customers see nothing of it yet."


def _category(site: Site, slug: str) -> Category | None:
    return Category.objects.filter(site=site, slug=slug).first() if slug else None


def _parts(subject: Suggestion) -> list[tuple[str, str, list[Suggestion]]]:
    parts = list(subject.parts.all())
    hints = FROM_ARTICLES if subject.start.articles else {}
    shown = (
        (label, hints.get(kind, hint), [part for part in parts if part.kind == kind]) for kind, label, hint in HEADINGS
    )
    return [(label, hint, held) for label, hint, held in shown if held]


def _start(request: HttpRequest, pk: int) -> Start:
    found = get_object_or_404(Start.objects.filter(site__in=sites_of(request.user)).select_related("site"), pk=pk)
    require(request.user, found.site, *guided.MAY)
    return found


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    context = {**admin_site.each_context(request), "room": "Knowledge", "tab": "Categories", **context}
    return render(request, f"chatbot/{name}.html", context)
