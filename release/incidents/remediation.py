"""What becomes of each customer an incident touched. Decided by the site's owner of customers, one row at a time.

A correction is a person's own message under their name: into the thread, closed or not, and to the customer's address
where there is one. Only its text is sent, never the transcript: an address a customer left is not verified.
"""

from collections.abc import Collection, Mapping

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Conversation, Message
from conversations.wording import Spoken
from release.models import Affected, Incident
from sites.access.roles import NotAllowed, roles_of
from sites.choices import hours
from sites.core import kept, ledger
from sites.core.refusal import Refused
from sites.models import Role, Site
from sites.outside import senders

State = Affected.State
FROM: Mapping[str, frozenset[str]] = {
    State.CORRECTED: frozenset({State.REVIEW, State.UNREACHABLE}),
    State.HONOURED: frozenset({State.REVIEW, State.CORRECTED, State.UNREACHABLE}),
    State.COMPENSATED: frozenset({State.REVIEW, State.CORRECTED, State.UNREACHABLE}),
    State.UNREACHABLE: frozenset({State.REVIEW}),
    State.UNTOUCHED: frozenset({State.REVIEW}),
}
"""Each end and the states it may follow: who was told the truth may still be honoured or compensated."""


def may_decide(user: User, site: Site) -> bool:
    """Whether a person decides on customers: the site's owner of that duty, or an administrator of the site."""
    held = roles_of(user, site)
    named = site.owners.get("customers") == user.get_username()
    return Role.ADMIN in held or (named and bool(held))


def decide(row: Affected, state: str, *, actor: User, reason: str) -> None:
    """Say what became of a customer without writing to them. Raises Refused, NotAllowed."""
    if state not in FROM or state == State.CORRECTED:
        raise Refused("Choose honoured, compensated, unreachable or not affected; a correction has a text.")
    note = reason.strip()
    if not note:
        raise Refused("Say in a few words why, or what was done.")
    with transaction.atomic():
        ledger.hold(row.incident.site_id)
        _decide(row, state, actor, note)


def correct(row: Affected, *, actor: User, text: str) -> Message:
    """Send a customer the correction, in the thread and to their address. Raises Refused, NotAllowed."""
    words = text.strip()
    if not words:
        raise Refused("Write what is right; it is sent to the customer as you write it.")
    conversation = row.conversation
    site = conversation.site
    with kept.writing(site.pk):
        _decide(row, State.CORRECTED, actor, words)
        day = row.message.at.astimezone(hours.zone(site.timezone))
        spoken = Spoken.of(site)
        full = f"{spoken.say('correction', day=spoken.when('day', day))}\n\n{words}"
        person = actor.get_full_name() or actor.get_username().title()
        message = delivery.append(conversation.pk, author=Message.Author.AGENT, name=person, text=full)
        if address := address_of(conversation):
            senders.mail(to=address, subject=spoken.say("mail.correction", site=site.name), text=full)
    return message


def correct_all(incident: Incident, keys: Collection[int], *, actor: User, text: str) -> int:
    """Send the same correction to several customers, by their rows' keys; returns how many got it.

    Each in a transaction of its own.
    Whoever was decided on meanwhile is left as they are. Raises Refused when the text is empty, NotAllowed.
    """
    _allow(actor, incident.site)
    sent = 0
    for row in Affected.objects.filter(incident=incident, pk__in=keys):
        if Affected.objects.filter(pk=row.pk, state__in=FROM[State.CORRECTED]).exists():
            correct(row, actor=actor, text=text)
            sent += 1
    return sent


def decide_all(incident: Incident, keys: Collection[int], state: str, *, actor: User, reason: str) -> int:
    """`decide` for several customers; returns how many. Raises Refused at the first that cannot be, NotAllowed."""
    _allow(actor, incident.site)
    decided = list(Affected.objects.filter(incident=incident, pk__in=keys))
    with transaction.atomic():
        for row in decided:
            decide(row, state, actor=actor, reason=reason)
    return len(decided)


def of(incident: Incident) -> list[tuple[str, int]]:
    """How many rows are in each state, in the order of the states."""
    held = list(Affected.objects.filter(incident=incident).values_list("state", flat=True))
    return [(str(state.label), held.count(state.value)) for state in State if state.value in held]


def address_of(conversation: Conversation) -> str:
    """Where the customer can be written to: the verified address, else the one they left; empty when none."""
    return str(conversation.identity.get("email") or conversation.contact or "")


def _allow(actor: User, site: Site) -> None:
    """Raise NotAllowed for who does not decide on customers."""
    if not may_decide(actor, site):
        owner = site.owners.get("customers") or "nobody yet"
        raise NotAllowed(f"The owner of customers decides on them ({owner}), or an administrator of {site}.")


def _decide(row: Affected, state: str, actor: User, note: str) -> None:
    site, incident = row.incident.site, row.incident
    _allow(actor, site)
    moved = Affected.objects.filter(pk=row.pk, state__in=FROM[state]).update(
        state=state, note=note, decided_by=actor.get_username(), decided_at=timezone.now()
    )
    if not moved:
        row.refresh_from_db()
        raise Refused(f"Somebody has decided on this customer already: {row.get_state_display()}.")
    facts = {"incident": incident.number, "state": state, "actor": actor.get_username()}
    record.event(row.conversation_id, f"incident.{state}", actor=actor.get_username(), body={**facts, "note": note})
    proof = {**facts, "conversation": str(row.conversation_id), "text": ledger.digest(note)}
    ledger.append(site.pk, "incident_customer", proof)
    row.refresh_from_db()
