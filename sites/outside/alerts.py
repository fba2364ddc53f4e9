"""What needs somebody now: each alert is one row a site, a rule and what it is about; it is told once, until it clears.

Law of the room: rules live where their facts are, in the rooms above, and bring what they found here. A row goes up
and down by one conditional UPDATE under the site's ledger; whoever moved it up tells people and webhooks, in the same
transaction. It clears when its rule has found nothing for CALM: a figure at the edge does not ring every minute.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from sites.choices import patience
from sites.core import ledger
from sites.models import Membership, Role, Site
from sites.models.thresholds import RULES, Alert, Thresholds
from sites.outside import senders, webhooks

CALM = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: a sentence for a person, and the figures it rests on."""

    rule: str
    text: str
    about: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def thresholds(site: Site) -> Thresholds:
    """The site's own, else the defaults."""
    return Thresholds.objects.filter(site=site).first() or Thresholds(site=site)


def settle(site: Site, rules: Collection[str], found: Sequence[Finding], now: datetime) -> list[Finding]:
    """Take in what some rules found: tell what is new, clear what is over; returns what was told."""
    told = [finding for finding in found if _up(site, finding, now)]
    still = [(finding.rule, finding.about) for finding in found]
    for alert in Alert.objects.filter(site=site, firing=True, rule__in=list(rules)):
        if (alert.rule, alert.about) not in still:
            _down(alert, now)
    return told


def _up(site: Site, finding: Finding, now: datetime) -> bool:
    """Raise it and tell of it, unless it is up: then only note that it still is."""
    mine = Alert.objects.filter(site=site, rule=finding.rule, about=finding.about)
    if mine.filter(firing=True).update(seen_at=now, text=finding.text, facts=dict(finding.facts)):
        return False
    with transaction.atomic():
        head = ledger.hold(site.pk)
        Alert.objects.get_or_create(site=site, rule=finding.rule, about=finding.about)
        fields = {"text": finding.text, "facts": dict(finding.facts), "since": now, "seen_at": now}
        if not mine.filter(firing=False).update(firing=True, **fields):
            return False
        data = {"rule": finding.rule, "about": finding.about, "text": finding.text, "since": now.isoformat()}
        ledger.append(site.pk, "alert.raised", {"actor": "", **data, "facts": dict(finding.facts)}, head=head)
        webhooks.emit(site.pk, "alert.raised", data)
        _write(site, finding)
    return True


def _down(alert: Alert, now: datetime) -> bool:
    """Clear it once it has been calm for long enough."""
    with transaction.atomic():
        head = ledger.hold(alert.site_id)
        calm = Alert.objects.filter(pk=alert.pk, firing=True, seen_at__lte=now - CALM)
        if not calm.update(firing=False, cleared_at=now):
            return False
        data = {"rule": alert.rule, "about": alert.about}
        ledger.append(alert.site_id, "alert.cleared", {"actor": "", **data}, head=head)
        webhooks.emit(alert.site_id, "alert.cleared", data)
    return True


def addresses(site: Site, duty: str) -> list[str]:
    """Where whoever answers for a duty is written to: the owner, else the site's administrators."""
    active = User.objects.filter(is_active=True).exclude(email="").order_by("username")
    owner = active.filter(username=str((site.owners or {}).get(duty, "")))
    held = Membership.objects.filter(site=site, role=Role.ADMIN).values("user")
    found = owner if owner.exists() else active.filter(Q(pk__in=held))
    extra = patience.parse(site.patience or {}).mail if duty == "customers" else ()
    return list(dict.fromkeys([*found.values_list("email", flat=True), *extra]))


def _write(site: Site, finding: Finding) -> None:
    rule = RULES[finding.rule]
    about = f" ({finding.about})" if finding.about else ""
    page = f"{settings.HANDRAIL_BASE_URL}/admin/release/release/monitoring/{site.slug}/"
    for address in addresses(site, rule.duty):
        send = senders.mail_now if finding.rule == "outbox" else senders.mail
        send(to=address, subject=f"{site.name}: {rule.title.lower()}{about}", text=f"{finding.text}\n\n{page}\n")
