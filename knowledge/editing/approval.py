"""Who may put which text in front of customers, and take it back.

Each move is one conditional update and one link of the site's chain; a release then publishes.
"""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from knowledge.editing import ownership
from knowledge.embedding import vectors
from knowledge.index import sync
from knowledge.index.throttle import gently, patient
from knowledge.models import Revision, Source
from knowledge.readers import notes
from sites.access import roles
from sites.core import kept, ledger
from sites.core.refusal import Refused
from sites.models import Membership, Role

Actor = User | str  # a signed-in person, whose roles are checked, or a name given at the shell
State = Revision.State
BATCH = 20  # revisions moved in one transaction


def allow(actor: Actor, site_id: int) -> None:
    """Raise NotAllowed unless the person is a content owner of the site; who has the shell has everything."""
    if not isinstance(actor, str):
        roles.require(actor, site_id, Role.CONTENT_OWNER)


def name_of(actor: Actor) -> str:
    """The name kept in the record."""
    return actor if isinstance(actor, str) else actor.get_username()


def submit(revision: Revision, *, actor: Actor, reason: str = "") -> None:
    """draft → submitted. Raises NotAllowed, Refused."""
    _move([revision], {State.DRAFT}, State.SUBMITTED, actor, reason)


def approve(revision: Revision, *, actor: Actor, reason: str = "") -> None:
    """submitted → approved, by somebody else than the author once a second content owner exists."""
    _move([revision], {State.SUBMITTED}, State.APPROVED, actor, reason)


def reject(revision: Revision, *, actor: Actor, reason: str) -> None:
    """submitted → rejected. Raises NotAllowed, Refused."""
    _move([revision], {State.SUBMITTED}, State.REJECTED, actor, _reasoned(reason))


def approve_many(revisions: Sequence[Revision], *, actor: Actor, reason: str) -> int:
    """Drafts and submitted revisions of one site → approved, in short transactions; how many moved.

    For a bundle that a person takes responsibility for as a whole. What is approved already is left.
    """
    patient()
    waiting = [each for each in revisions if each.state != State.APPROVED]
    for some in vectors.slices(waiting, BATCH):
        with gently():
            _move(some, {State.DRAFT, State.SUBMITTED}, State.APPROVED, actor, _reasoned(reason))
    return len(waiting)


def waiting(site_id: int) -> tuple[list[Revision], list[Revision]]:
    """The submitted texts of a site: those with nothing to say about them, and those that need a look, each by itself.

    Those are what was warned of as they were read, but for pictures that were left out and the like.
    """
    submitted = Revision.objects.filter(source__site=site_id, state=State.SUBMITTED).select_related("source")
    found = list(submitted.defer("text").order_by("source__slug"))
    doubtful = {each.pk for each in found if notes.to_look_at(each.warnings)}
    return [each for each in found if each.pk not in doubtful], [each for each in found if each.pk in doubtful]


def approve_plain(site_id: int, *, actor: Actor, reason: str) -> int:
    """Approve every submitted text of a site with nothing to look at, in short transactions; how many.

    Each counts as one that this person approved by hand: by the same rules. Raises NotAllowed, Refused.
    """
    allow(actor, site_id)
    plain, _ = waiting(site_id)
    for some in vectors.slices(plain, BATCH):
        _move(some, {State.SUBMITTED}, State.APPROVED, actor, _reasoned(reason))
    return len(plain)


def withdraw(source: Source, *, actor: Actor, reason: str) -> None:
    """Take a source back, whatever the release says, from the next read on. Raises NotAllowed, Refused."""
    allow(actor, source.site_id)
    facts = {"actor": name_of(actor), "reason": _reasoned(reason), "source": source.slug}
    with transaction.atomic():
        head = ledger.hold(source.site_id)
        ownership.require_sources(actor, source.site_id, [source.pk])
        taken = Source.objects.filter(pk=source.pk, withdrawn_at=None).update(
            withdrawn_at=timezone.now(), withdrawn_by=name_of(actor), withdrawn_reason=reason
        )
        if not taken:
            raise Refused(f"{source.slug} is withdrawn already.")
        ledger.append(source.site_id, "source_withdrawn", facts, head=head)
        sync.touch(source.site_id, source.categories.values_list("pk", flat=True))
    source.refresh_from_db()


def restore(source: Source, *, actor: Actor, reason: str) -> None:
    """Undo a withdrawal: what a release publishes of it may be quoted again. Raises NotAllowed, Refused."""
    allow(actor, source.site_id)
    facts = {"actor": name_of(actor), "reason": _reasoned(reason), "source": source.slug}
    with transaction.atomic():
        head = ledger.hold(source.site_id)
        ownership.require_sources(actor, source.site_id, [source.pk])
        given = Source.objects.filter(pk=source.pk).exclude(withdrawn_at=None)
        if not given.update(withdrawn_at=None, withdrawn_by="", withdrawn_reason=""):
            raise Refused(f"{source.slug} is not withdrawn.")
        ledger.append(source.site_id, "source_restored", facts, head=head)
        sync.touch(source.site_id, source.categories.values_list("pk", flat=True))
    source.refresh_from_db()


def may_approve(revision: Revision, actor: Actor) -> bool:
    """Whether this person answers for the source, and is another than the author or the only content owner there is."""
    site_id = revision.source.site_id
    if not ownership.covers(actor, site_id, ownership.categories_of([revision.source_id])):
        return False
    return name_of(actor) != revision.author or not _others(site_id, name_of(actor))


def _move(revisions: Sequence[Revision], before: set[State], after: State, actor: Actor, reason: str) -> None:
    """Move revisions of one site in one transaction, all or none."""
    site_id = revisions[0].source.site_id
    allow(actor, site_id)
    name = name_of(actor)
    fields: dict[str, object] = {"state": after, "note": reason}
    if after is not State.SUBMITTED:
        fields |= {"approver": name, "decided_at": timezone.now()}
    if after is State.APPROVED and any(each.author == name for each in revisions) and _others(site_id, name):
        raise Refused(
            "Somebody else must approve this: you wrote it, and another content owner is there. "
            "Where none of the others answers for its categories, an administrator of the site approves it."
        )
    keys = [each.pk for each in revisions]
    with transaction.atomic():
        head = ledger.hold(site_id)
        ownership.require_sources(actor, site_id, {each.source_id for each in revisions})
        movable = Revision.objects.filter(pk__in=keys, state__in=before, source__site=site_id)
        if movable.update(**fields) != len(keys):
            raise Refused(_why_not(keys, before, after))
        done = [[each.source.slug, each.number, each.digest] for each in revisions]
        facts: dict[str, object] = {"actor": name, "reason": reason, "revisions": done}
        if after is State.APPROVED and any(each.author == name for each in revisions):
            facts["alone"] = True
        kept.append(site_id, f"revision_{after}", facts, *revisions, head=head)
        if after is State.APPROVED:
            categories = Source.categories.through.objects.filter(source__revisions__in=keys)
            sync.touch(site_id, categories.values_list("category_id", flat=True))
    for each in revisions:
        each.refresh_from_db()


def _why_not(keys: Sequence[int], before: set[State], after: State) -> str:
    stuck = Revision.objects.filter(pk__in=keys).exclude(state__in=before).select_related("source").first()
    if stuck is None:
        return "This revision does not exist any more."
    return f"{stuck} is {stuck.state}; only {' or '.join(sorted(before))} text can become {after}."


def _others(site_id: int, name: str) -> bool:
    """Whether another active content owner is there."""
    owners = Membership.objects.filter(site=site_id, role=Role.CONTENT_OWNER, user__is_active=True)
    return owners.exclude(user__username=name).exists()


def _reasoned(reason: str) -> str:
    if not reason.strip():
        raise Refused("Give a reason.")
    return reason.strip()
