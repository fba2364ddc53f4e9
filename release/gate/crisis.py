"""The words for somebody in danger: no release goes live without any, and a person confirms the numbers in them.

Both verbs touch the candidate's text only, and exactly the one that was read: who acts on a page that is out of date is
told so. A confirmation is no condition of going live; the checklist is red without. A way back is never barred.
"""

from django.contrib.auth.models import User
from django.db import transaction

from release.live.snapshot import Snapshot
from sites.access import roles
from sites.choices import crisis
from sites.choices.crisis import Draft
from sites.core import kept, ledger
from sites.core.refusal import Refused
from sites.models import CrisisConfirmation, Role, Site

MAY = (Role.RELEASE_OWNER,)
"""Who drafts and confirms, besides administrators."""

SILENT = (
    "It has no words for somebody in danger, so in a crisis customers would be given no number to call. "
    "Write some, or take the draft on “In a crisis”; then freeze a new release and run the gate."
)
OUTDATED = "The text has been changed since you opened this page. Read it again first."


def lacking(frozen: Snapshot) -> list[str]:
    """Why a snapshot may not go live, as a sentence: it says nothing to somebody in danger. Empty: it does."""
    return [] if frozen.crisis.strip() else [SILENT]


def take_draft(site: Site, *, seen: str, actor: User) -> Draft:
    """Put the proposed text in place of the candidate's. Raises NotAllowed, Refused.

    `seen`: the digest of the text it takes the place of, as the person read it.
    """
    roles.require(actor, site, *MAY)
    with transaction.atomic():
        head = ledger.hold(site.pk)
        present = _read(site, seen)
        if not present.countries:
            raise Refused("The site names no country it serves, so there is nothing to propose. Name them first.")
        draft = crisis.propose(present.countries)
        if draft.text == present.crisis:
            raise Refused("The candidate's text is this draft already; nothing was changed.")
        moved = Site.objects.filter(pk=site.pk, crisis=present.crisis).update(crisis=draft.text)
        if not moved:
            raise Refused(OUTDATED)
        facts = {"actor": actor.get_username(), "from": seen, "to": crisis.digest(draft.text)}
        ledger.append(site.pk, "crisis_drafted", facts | {"countries": present.countries}, head=head)
    site.crisis = draft.text
    return draft


def confirm(site: Site, country: str, *, seen: str, actor: User) -> CrisisConfirmation:
    """Keep a person's word that the candidate's text is right for a country served. Raises NotAllowed, Refused.

    `seen`: the digest of the text as the person read it. It counts for that text only, and for so long:
    `sites.choices.crisis.LASTS`.
    """
    roles.require(actor, site, *MAY)
    with transaction.atomic():
        head = ledger.hold(site.pk)
        present = _read(site, seen)
        if country not in present.countries:
            raise Refused(f"{site} does not serve “{country}”. Add it to the countries of the site first.")
        if not present.crisis.strip():
            raise Refused("There is no text to confirm yet. Write one, or take the draft.")
        made = CrisisConfirmation.objects.create(site=site, country=country, digest=seen, by=actor.get_username())
        facts = {"actor": made.by, "country": country, "text": seen}
        kept.append(site.pk, "crisis_confirmed", facts, made, head=head)
    return made


def _read(site: Site, seen: str) -> Site:
    """The site as it is now, if its text is the one that was read. Raises Refused."""
    present = Site.objects.get(pk=site.pk)
    if crisis.digest(present.crisis) != seen:
        raise Refused(OUTDATED)
    return present
