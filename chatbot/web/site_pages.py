"""One page from nothing to the first answer, "Your site": what is done, what is next, and a form for each step.

Each form makes one domain call, which asks its own rights; what the page shows is read anew each time.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from chatbot.web import snippets
from chatbot.web.site_forms import FoundForm, PersonForm
from knowledge.face.documents import FORMATS
from knowledge.face.editing import approval
from knowledge.face.pages import staff
from release.exposure import proposals
from release.live import snapshot
from release.models import Proposal, Release
from release.models.crawled import Crawl
from release.models.started import Start
from release.onboarding import coverage, crawls, opening, starts, together, trials
from release.tasks import promise_run
from sites.access import chosen
from sites.access.roles import NotAllowed, require, roles_of, sites_of
from sites.admin.scoped import key_of, superuser
from sites.core.refusal import Refused
from sites.models import Role, Site
from sites.people import founding

READERS = (Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.AUDITOR)
STEPS = (
    ("who", "Who you are"),
    ("say", "What may be said"),
    ("ask", "What people ask"),
    ("try", "Try it"),
    ("open", "Who may see it"),
    ("page", "Put it on your page"),
)


@staff_member_required
def sites(request: HttpRequest) -> HttpResponse:
    """The person's sites, and for who runs the installation a form for another; one site alone is shown at once."""
    theirs = sites_of(request.user, *READERS).order_by("name")
    may_found = superuser(request)
    if not theirs and not may_found:
        raise PermissionDenied
    form = FoundForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and may_found and form.is_valid():
        made = _attempt(request, lambda: _found(request, form.cleaned_data), "It is there. Now let a second person in.")
        if made:
            return redirect("chatbot:site", made.slug)
    standing = [(site, opening.of(site)) for site in theirs[:50]]
    return _page(request, "sites", title="Your site", standing=standing, form=form if may_found else None)


@require_GET
@staff_member_required
def site(request: HttpRequest, slug: str) -> HttpResponse:
    """One site on its way."""
    found = _site(request, slug)
    chosen.choose(request, found.slug)
    now = opening.of(found)
    held = roles_of(request.user, found)
    return _page(
        request,
        "site",
        title=f"Your site: {found}",
        trail=[("Your site", reverse("chatbot:sites"))],
        site=found,
        now=now,
        steps=[(name, label, _state(now, name)) for name, label in STEPS],
        done={name for name, _ in STEPS if _state(now, name) == "done"},
        person=PersonForm(),
        members=_members(found),
        takes=[
            (start, proposed, any(each.body.get("named") for each in proposed), together.as_one(start, proposed))
            for start in now.starts
            if start.state == Start.State.READY
            for proposed in [together.open_(start)]
        ],
        formats=",".join((*FORMATS, ".zip", ".json")),
        every=Crawl.Every.choices,
        covered=coverage.of(found),
        answers=coverage.proposed(found),
        due=(due := opening.due(found)) is not None,
        opens=opening.opens(now.proposal.run if now.proposal else due),
        seen=found.sightings.all()[:10],
        typed=next(iter(found.origins), ""),
        snippet=snippets.line(found, settings.HANDRAIL_BASE_URL),
        recipes=snippets.recipes(found, settings.HANDRAIL_BASE_URL),
        confirms=now.proposal is not None and (found.alone or now.proposal.proposed_by != request.user.get_username()),
        may={role.value: role in held or Role.ADMIN in held for role in Role},
    )


@require_GET
@staff_member_required
def progress(request: HttpRequest, slug: str) -> HttpResponse:
    """What goes on in the background; the page is loaded again when it is over."""
    now = opening.of(_site(request, slug))
    response = render(request, "chatbot/site_progress.html", {"now": now, "site": now.site})
    if not now.busy:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@staff_member_required
def act(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """One of the page's buttons."""
    found = _site(request, slug)
    if verb in VERBS:
        anchor, work = VERBS[verb]
        _attempt(request, lambda: work(request, found))
        return redirect(f"{reverse('chatbot:site', args=[slug])}#{anchor}")
    return redirect("chatbot:site", slug)


# ── What each button does: one call, and a sentence ───────────────────────────────────────────────────────────


def _found(request: HttpRequest, typed: Mapping[str, Any]) -> Site:
    origins = [typed["origin"]]
    return founding.found(
        typed["name"], origins=origins, timezone=typed["timezone"], email=typed["email"], countries=typed["country"],
        actor=staff(request),
    )  # fmt: skip


def _let_in(request: HttpRequest, found: Site) -> str:
    form = PersonForm(request.POST)
    if not form.is_valid():
        raise Refused("Say who it is, and what they are to do.")
    typed = form.cleaned_data
    return founding.let_in(found, typed["who"].strip(), Role(typed["role"]), actor=staff(request))


def _admit(request: HttpRequest, found: Site) -> str:
    origin = request.POST.get("origin", "")
    founding.admit(found, origin, actor=staff(request))
    return f"{origin} may open the chat now. Load your page again."


def _hand_in(request: HttpRequest, found: Site) -> str:
    files = [*request.FILES.getlist("file"), *request.FILES.getlist("folder")]
    if not files:
        raise Refused("Choose a folder, several files, or a .zip.")
    start = starts.begin_folder(found, files, request.POST.getlist("path"), actor=staff(request))
    return f"{start.articles} articles are being read."


def _crawl(request: HttpRequest, found: Site) -> str:
    every = key_of(request.POST.get("every", "")) or 0
    crawls.begin(found, request.POST.get("addresses", ""), every=every, actor=staff(request))
    return "The pages are being read, one after another, as their server allows."


def _crawl_again(request: HttpRequest, found: Site) -> str:
    crawls.again(_of(request, found), actor=staff(request))
    return "They are being looked at again. What has changed becomes a draft."


def _crawl_every(request: HttpRequest, found: Site) -> str:
    crawl = _of(request, found)
    crawls.schedule(crawl, key_of(request.POST.get("every", "")) or 0, actor=staff(request))
    crawl.refresh_from_db()
    return f"It is looked at again {crawl.get_every_display()}."


def _of(request: HttpRequest, found: Site) -> Crawl:
    return get_object_or_404(Crawl, site=found, pk=key_of(request.POST.get("crawl", "")))


def _take(request: HttpRequest, found: Site) -> str:
    start = get_object_or_404(Start, site=found, pk=key_of(request.POST.get("start", "")))
    typed = {
        name.removeprefix("title-"): str(value) for name, value in request.POST.items() if name.startswith("title-")
    }
    one = request.POST.get("title", "")
    titles = {int(key): said for key, said in typed.items() if key.isdecimal()}
    made = together.take(start, actor=staff(request), title=one, titles=titles, whole="as_one" in request.POST)
    return f"Taken: {', '.join(str(each) for each in made) or 'nothing'}. Customers see nothing of it yet."


def _approve(request: HttpRequest, found: Site) -> str:
    count = approval.approve_plain(found.pk, actor=staff(request), reason="approved together")
    return f"{count} articles are approved. The next release publishes them."


def _questions(request: HttpRequest, found: Site) -> str:
    typed = request.POST.get("lines", "").strip()
    file = request.FILES.get("file") or (ContentFile(_as_csv(typed), name="typed.csv") if typed else None)
    if file is None:
        raise Refused("Choose a CSV with a column named question, or paste questions, one a line.")
    start = starts.begin(found, file, actor=staff(request))
    return f"{start.total} questions are being sorted."


def _answers(request: HttpRequest, found: Site) -> str:
    keys = [int(key) for key in request.POST.getlist("question") if key.isdecimal()]
    count = coverage.take(found, keys, actor=staff(request))
    return f"{count} questions stand with their articles now, which wait for approval by somebody else."


def _missing(request: HttpRequest, found: Site) -> str:
    return f"{coverage.missing(found, actor=staff(request))} questions are on the list of what to write about."


def _try(request: HttpRequest, found: Site) -> str:
    lines = [line for line in request.POST.get("lines", "").splitlines() if line.strip()]
    if lines:
        trials.put(found, lines[: trials.MOST], actor=staff(request))
    return f"{len(trials.ask(found, actor=staff(request)))} questions were asked. Say which answers are wrong."


def _mark(request: HttpRequest, found: Site) -> str:
    marks = {
        int(name.removeprefix("mark-")): str(value)
        for name, value in request.POST.items()
        if name.startswith("mark-") and name.removeprefix("mark-").isdecimal()
    }
    if request.POST.get("rest") == "right":
        rest = {int(key): "right" for key in request.POST.getlist("answered") if key.isdecimal()}
        marks = rest | marks
    made, wrong = trials.mark(found, marks, actor=staff(request))
    return f"{made} are scenarios now: no release goes live that answers them otherwise. {wrong} are on the gap list."


def _prepare(request: HttpRequest, found: Site) -> str:
    require(staff(request), found, Role.RELEASE_OWNER)
    release = snapshot.freeze(found, actor=staff(request))
    if release.state == Release.State.CANDIDATE:
        promise_run(release, actor=staff(request))
        return f"Release {release.number} is being asked all its questions."
    return f"Nothing has changed since release {release.number}, which is {release.state}."


def _propose(request: HttpRequest, found: Site) -> str:
    require(staff(request), found, Role.RELEASE_OWNER)
    run = opening.due(found)
    if run is None:
        raise Refused("No release has passed that is not live yet.")
    reason = request.POST.get("reason", "").strip() or "The first release."
    proposals.propose_opening(run, actor=staff(request), reason=reason)
    return "Proposed. Now a second person confirms it on this page, in their own login."


def _confirm(request: HttpRequest, found: Site) -> str:
    key = key_of(request.POST.get("proposal", ""))
    waiting = get_object_or_404(Proposal, site=found, pk=key)
    proposals.confirm(waiting, actor=staff(request))
    return "Confirmed and done."


VERBS: Mapping[str, tuple[str, Callable[[HttpRequest, Site], str]]] = {
    "let-in": ("who", _let_in),
    "admit": ("page", _admit),
    "hand-in": ("say", _hand_in),
    "crawl": ("say", _crawl),
    "crawl-again": ("say", _crawl_again),
    "crawl-every": ("say", _crawl_every),
    "take": ("say", _take),
    "approve": ("say", _approve),
    "questions": ("ask", _questions),
    "answers": ("ask", _answers),
    "missing": ("ask", _missing),
    "try": ("try", _try),
    "mark": ("try", _mark),
    "prepare": ("open", _prepare),
    "propose": ("open", _propose),
    "confirm": ("open", _confirm),
}


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _as_csv(lines: str) -> bytes:
    """Pasted lines as the reader of files takes them."""
    rows = ["question", *('"' + line.strip().replace('"', '""') + '"' for line in lines.splitlines() if line.strip())]
    return "\n".join(rows).encode()


def _state(now: opening.Standing, name: str) -> str:
    order = [step for step, _ in STEPS]
    if name == now.next:
        return "next"
    return "done" if order.index(name) < order.index(now.next) else "later"


def _members(found: Site) -> list[tuple[str, list[str]]]:
    held: dict[str, list[str]] = {}
    rows = found.memberships.filter(user__is_active=True, user__integration=None).select_related("user")
    for row in rows.order_by("user__username", "role"):
        held.setdefault(row.user.get_username(), []).append(row.get_role_display().lower())
    return list(held.items())


def _attempt(request: HttpRequest, work: Callable[[], Any], said: str = "") -> Any:
    """Do it and say so, or say why not."""
    try:
        done = work()
    except (Refused, NotAllowed) as why:
        messages.error(request, str(why))
        return None
    messages.success(request, said or str(done))
    return done


def _site(request: HttpRequest, slug: str) -> Site:
    return get_object_or_404(sites_of(request.user, *READERS), slug=slug)


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"chatbot/{name}.html", {**admin_site.each_context(request), **context})
