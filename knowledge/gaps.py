"""Questions that could not be answered: the owner's list of what to write next, each kept until handled."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from knowledge import approval
from knowledge.models import Category, Example, Gap
from sites import ledger


def note(site_id: int, category_id: int | None, text: str, reason: str) -> Gap:
    """Keep one question and why it was not answered; the text is as the record stores it, masked."""
    return Gap.objects.create(site_id=site_id, category_id=category_id, text=text, reason=reason)


def handle(gaps: QuerySet[Gap], *, actor: approval.Actor) -> int:
    """Mark gaps as handled by a person, a link in the chain of each site; how many were open. Raises NotAllowed."""
    sites = sorted(set(gaps.order_by().values_list("site", flat=True)))
    for site_id in sites:
        approval.allow(actor, site_id)
    return sum(_handled(gaps.filter(site=site_id), site_id, approval.name_of(actor)) for site_id in sites)


def deny(gap: Gap, category: Category, *, actor: approval.Actor) -> None:
    """Make a question a counterexample of a category in the candidate, and so handled wherever it was asked.

    The chain names the customer's words by their digest only. Raises NotAllowed, Refused.
    """
    approval.allow(actor, gap.site_id)
    if category.site_id != gap.site_id:
        raise approval.Refused(f"{category} is a category of another site.")
    facts = {"actor": approval.name_of(actor), "category": category.slug, "gap": gap.pk}
    with transaction.atomic():
        head = ledger.hold(gap.site_id)
        same = Gap.objects.filter(site=gap.site_id, text=gap.text)
        if not _close(same, approval.name_of(actor)):
            raise approval.Refused("Somebody has handled this question already.")
        Example.objects.create(site_id=gap.site_id, category=category, text=gap.text, counter=True)
        facts["digest"] = ledger.digest(gap.text)
        ledger.append(gap.site_id, "counterexample_written", facts, head=head)


def _handled(gaps: QuerySet[Gap], site_id: int, name: str) -> int:
    with transaction.atomic():
        head = ledger.hold(site_id)
        numbers = list(gaps.filter(handled_at=None).values_list("pk", flat=True))
        if numbers:
            _close(gaps, name)
            ledger.append(site_id, "gaps_handled", {"actor": name, "gaps": numbers}, head=head)
    return len(numbers)


def _close(gaps: QuerySet[Gap], name: str) -> int:
    return gaps.filter(handled_at=None).update(handled_at=timezone.now(), handled_by=name)
