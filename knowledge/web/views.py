"""The content owners' pages: a source, a revision, the editor. Each form makes one call and says what came of it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from knowledge.editing import approval, indexing, ingest, ownership
from knowledge.editing.forms import NewSourceForm, PolicyForm, TextForm
from knowledge.editing.ingest import Rejected
from knowledge.insights import gaps, health
from knowledge.models import Dismissal, Gap, Revision, Source
from knowledge.text import diff
from sites.access import chosen, reporting
from sites.access.roles import NotAllowed, account, roles_of, sites_of
from sites.core.refusal import Refused
from sites.models import Role, Site

PREVIEWED = 200  # passages shown before a text is saved; its page has all of them
OWNERS = (Role.CONTENT_OWNER,)


def source(request: HttpRequest, pk: int) -> HttpResponse:
    """One source: its policies, its revisions, and taking it back."""
    found = _source(request, pk)
    owned = _writes(request, found)
    posted = request.POST if owned and request.method == "POST" else None
    form = PolicyForm(posted, instance=found, site=found.site, remit=ownership.of(staff(request), found.site_id))
    if form.is_bound and form.is_valid():
        fields = form.policies()
        found.refresh_from_db()  # the form has put its values on the row; only the verb writes it
        if _attempt(request, lambda: ingest.govern(found, **fields, actor=staff(request)), "Saved; it acts at once."):
            return _to("source", pk)
    return _page(
        request,
        "source",
        tab="Sources",
        title=found.slug,
        trail=[("Sources", reverse("admin:knowledge_source_changelist"))],
        source=found,
        state=found.state(timezone.localdate()),
        newest=found.revisions.defer("text").first(),
        revisions=found.revisions.defer("text"),
        form=form,
        owned=owned,
        only_read=_only_read(request, found),
        report=reporting.address(request.user, found.site, "source", found.slug),
        used=_used("source", pk),
    )


@require_GET
def site_health(request: HttpRequest) -> HttpResponse:
    """What to look at on one of the person's sites, and where each is mended. Raises PermissionDenied without any."""
    sites = sites_of(request.user).order_by("name")
    if not sites:
        raise PermissionDenied
    site = chosen.one(request, sites)
    found = health.report(site)
    review, revise, test = "Set the next review", "New revision", "Test a question"
    lists = [
        ("Disliked in the last 90 days", found.disliked, "More thumbs down than up, three at least.", revise),
        ("Due for review", found.stale, "Look whether it still holds, then set the next day of review.", review),
        ("Expiring within 30 days", found.expiring, "Set a later day, or let it go.", "Set another day"),
        ("Live, and never found for a question", found.unused, "Test a question it should answer.", test),
    ]
    pairs = [
        (
            "Probably contradicting each other",
            "contradiction",
            found.contradictions,
            "The same but for a number, a date or a day.",
        ),
        ("Nearly the same", "duplicate", found.duplicates, "Two texts drift apart. Keep one, and withdraw the other."),
    ]
    context = {"title": "Health", "sites": sites, "site": site, "lists": lists, "pairs": pairs, "found": found}
    return _page(request, "health", tab="Health", owned=_owns(request, site), test=_test_page(site), **context)


@require_POST
def dismiss(request: HttpRequest, site_id: int) -> HttpResponse:
    """Put a pair aside that is none."""
    site = get_object_or_404(sites_of(request.user), pk=site_id)
    kind, key, reason = (request.POST.get(name, "") for name in ("kind", "pair", "reason"))
    said = "Put aside, until either text changes."
    _attempt(request, lambda: health.dismiss(site, kind, key, actor=staff(request), reason=reason), said)
    return HttpResponseRedirect(f"{reverse('admin:knowledge_source_health')}?site={site.slug}")


@require_POST
def bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a pair again."""
    dismissal = get_object_or_404(Dismissal.objects.filter(site__in=sites_of(request.user)), pk=pk)
    _attempt(request, lambda: health.bring_back(dismissal, actor=staff(request)), "It is shown again.")
    return HttpResponseRedirect(f"{reverse('admin:knowledge_source_health')}?site={dismissal.site.slug}")


@require_POST
def source_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Withdraw or restore."""
    found, user, reason = _source(request, pk), staff(request), request.POST.get("reason", "")
    if verb == "withdraw":
        said = "Withdrawn: no answer uses it from now on."
        _attempt(request, lambda: approval.withdraw(found, actor=user, reason=reason), said)
    elif verb == "restore":
        _attempt(request, lambda: approval.restore(found, actor=user, reason=reason), "Restored.")
    return _to("source", pk)


@require_GET
def restoring(request: HttpRequest, pk: int) -> HttpResponse:
    """What answers would quote again, to be read before a source is restored. Raises PermissionDenied."""
    found = _source(request, pk)
    if not _writes(request, found):
        raise PermissionDenied(_only_read(request, found))
    if not found.withdrawn_at:
        return _to("source", pk)
    live = found.revisions.filter(live=True).first()
    return _page(
        request,
        "restore",
        tab="Sources",
        title=f"Restore {found.slug}",
        trail=[("Sources", reverse("admin:knowledge_source_changelist")), (found.slug, _address("source", pk))],
        source=found,
        expired=bool(found.expires and found.expires <= timezone.localdate()),
        live=live,
        passages=_passages(live) if live else [],
    )


def new_source(request: HttpRequest) -> HttpResponse:
    """The editor for a source that is not there yet. Raises PermissionDenied: no site has them as an owner."""
    sites = sites_of(request.user, *OWNERS).order_by("name")
    if not sites:
        raise PermissionDenied
    asked = gaps.asked(request.POST.get("gaps") or request.GET.get("gaps", ""), sites)
    held = ownership.categories(staff(request), sites)
    form = NewSourceForm(request.POST or None, request.FILES or None, sites=sites, asked=asked, held=held)
    if form.is_valid() and not _looking(request, form):
        fields = form.cleaned_data
        saved = _attempt(
            request,
            lambda: ingest.save(
                fields["site"],
                fields["slug"],
                form.document,
                categories=[category.slug for category in fields["categories"]],
                audience=fields["audience"],
                author=staff(request),
                url=form.url,
                origin=form.origin,
                questions=form.asks,
                later=True,
            ),
            "Saved as a draft. Look at its passages, then submit it.",
        )
        if saved:
            _answered(request, saved.source, asked)
            return _to("revision", saved.revision.pk)
    return _editor(request, form, title="New source", asked=asked)


def _answered(request: HttpRequest, found: Source, asked: Sequence[Gap]) -> None:
    """The questions that an article was written from are handled with it."""
    if keys := [gap.pk for gap in asked if gap.site_id == found.site_id]:
        why = f"article {found.slug}"
        said = "The questions it was written from are marked as handled."
        _attempt(
            request, lambda: gaps.close(found.site_id, keys, how="article", actor=staff(request), reason=why), said
        )


def new_revision(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor, filled with the newest text of a source. Raises PermissionDenied."""
    found = _source(request, pk)
    if not _writes(request, found):
        raise PermissionDenied(_only_read(request, found))
    newest = found.revisions.first()
    kept = "\n".join(newest.questions) if newest else ""
    initial = {"title": newest.title, "text": newest.text, "questions": kept} if newest else {}
    form = TextForm(request.POST or None, request.FILES or None, initial=initial)
    form.locale = found.site.locale
    if form.is_valid() and not _looking(request, form):
        saved = _attempt(
            request,
            lambda: ingest.revise(
                found,
                title=form.document.title,
                text=form.document.text,
                warnings=form.document.warnings,
                questions=form.asks,
                actor=staff(request),
                later=True,
            ),
            "Saved as a draft. Look at what changed, then submit it.",
        )
        if saved:
            return _to("revision", saved.revision.pk)
    trail = [("Sources", reverse("admin:knowledge_source_changelist")), (found.slug, _address("source", pk))]
    return _editor(request, form, title=f"New revision of {found.slug}", trail=trail)


def _looking(request: HttpRequest, form: TextForm) -> bool:
    """Whether the text is only to be looked at now: asked for, or because nobody has seen yet what a file holds."""
    return form.found is not None or "preview" in request.POST


def _editor(request: HttpRequest, form: TextForm, **context: Any) -> HttpResponse:
    """The editor, with what the bot would see of its text once there is one to look at."""
    if form.is_bound and form.found is not None:
        form = form.filled()
    elif form.is_bound and not form.errors and form.other:
        form = form.stored()
    seen = form.document if form.is_bound and not form.errors.keys() & {"title", "text", "file", "address"} else None
    pieces = ingest.preview(seen.title, seen.text) if seen else []
    shown = [
        {
            "heading": piece.heading,
            "page": piece.page,
            "start": piece.start,
            "end": piece.end,
            "sentences": [seen.text[start:end] for start, end in piece.sentences],
        }
        for piece in pieces[:PREVIEWED]
        if seen
    ]
    facts = {"passages": shown, "count": len(pieces), "warnings": seen.warnings if seen else (), "seen": seen}
    return _page(request, "editor", tab="Sources", form=form, **facts, **context)


def revision(request: HttpRequest, pk: int) -> HttpResponse:
    """One exact text: what changes by it, the passages the index will hold, and the moves that are possible."""
    found = _revision(request, pk)
    base = _base(found)
    return _page(
        request,
        "revision",
        tab="Revisions",
        title=f"{found.source.slug}, revision {found.number}",
        trail=[
            ("Sources", reverse("admin:knowledge_source_changelist")),
            (found.source.slug, _address("source", found.source_id)),
        ],
        revision=found,
        base=base,
        changes=diff.folded(diff.words(base.text, found.text)) if base else [],
        passages=_passages(found),
        progress=indexing.progress(found),
        owned=_writes(request, found.source),
        only_read=_only_read(request, found.source),
        may_approve=approval.may_approve(found, staff(request)),
        test=_test_page(found.source.site),
        used=_used("revision", pk),
    )


@require_POST
def revision_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Submit, approve or reject; stop preparing it for the search, or go on."""
    found, user, reason = _revision(request, pk), staff(request), request.POST.get("reason", "")
    if verb == "submit":
        said = "Submitted: now somebody else reads it."
        _attempt(request, lambda: approval.submit(found, actor=user, reason=reason), said)
    elif verb == "approve":
        said = "Approved. The next release publishes it."
        _attempt(request, lambda: approval.approve(found, actor=user, reason=reason), said)
    elif verb == "reject":
        _attempt(request, lambda: approval.reject(found, actor=user, reason=reason), "Rejected.")
    elif verb == "stop":
        _attempt(request, lambda: indexing.stop(found, actor=user, reason=reason), "Stopped. What is done stays done.")
    elif verb == "go-on":
        _attempt(request, lambda: indexing.go_on(found, actor=user, reason=reason), "It goes on.")
    return _to("revision", pk)


@require_GET
def revision_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that shows how far a revision is; the page is loaded again when it is whole."""
    found = _revision(request, pk)
    progress = indexing.progress(found)
    response = render(request, "knowledge/progress.html", {"revision": found, "progress": progress})
    if progress.whole or not progress.going:
        response["HX-Refresh"] = "true"
    return response


def _passages(found: Revision) -> list[dict[str, Any]]:
    """The passages of a revision as the page shows them."""
    return [
        {
            "heading": passage.heading,
            "page": passage.page,
            "start": passage.start,
            "end": passage.start + len(passage.text),
            "sentences": [found.text[start:end] for start, end in passage.sentences],
        }
        for passage in found.passages.all()
    ]


def _base(found: Revision) -> Revision | None:
    """What a revision is compared with: the live text of its source, or else the one before it."""
    others = Revision.objects.filter(source=found.source_id).exclude(pk=found.pk)
    return others.filter(live=True).first() or others.filter(number__lt=found.number).first()


def _attempt(request: HttpRequest, verb: Callable[[], Any], said: str) -> Any:
    """Do it and say so, or say why not; what it returned, or True, when it was done."""
    try:
        done = verb()
    except (Refused, Rejected, NotAllowed) as why:
        messages.error(request, str(why))
        return None
    messages.success(request, said)
    return True if done is None else done


def _page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "room": "Knowledge", **context}
    return render(request, f"knowledge/{template}.html", context)


def _source(request: HttpRequest, pk: int) -> Source:
    sources = Source.objects.filter(site__in=sites_of(request.user)).select_related("site")
    return get_object_or_404(sources, pk=pk)


def _revision(request: HttpRequest, pk: int) -> Revision:
    revisions = Revision.objects.filter(source__site__in=sites_of(request.user))
    return get_object_or_404(revisions.select_related("source__site"), pk=pk)


def _owns(request: HttpRequest, site: Site) -> bool:
    return not roles_of(request.user, site).isdisjoint({*OWNERS, Role.ADMIN})


def _writes(request: HttpRequest, found: Source) -> bool:
    return _owns(request, found.site) and not _only_read(request, found)


def _only_read(request: HttpRequest, found: Source) -> str:
    """Why a content owner may not write this source; empty when she may."""
    return ownership.sentence(staff(request), found.site_id, ownership.categories_of([found.pk]))


def staff(request: HttpRequest) -> User:
    """The staff member of the request; the admin has let nobody else through. Raises NotAllowed."""
    return account(request.user)


def _address(model: str, pk: int) -> str:
    return reverse(f"admin:knowledge_{model}_change", args=[pk])


def _to(model: str, pk: int) -> HttpResponse:
    return HttpResponseRedirect(_address(model, pk))


def _used(kind: str, pk: int) -> str:
    """What tells where a text was used; the record, a room above this one, serves it, if it is there."""
    try:
        return reverse("admin:conversations_used", args=[kind, pk])
    except NoReverseMatch:
        return ""


def _test_page(site: Site) -> str:
    """Where a question can be tried; a room above this one serves it, if it is there."""
    try:
        return f"{reverse('chatbot:test_question')}?site={site.slug}"
    except NoReverseMatch:
        return ""
