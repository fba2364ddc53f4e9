"""Webhooks: what happens on a site is told to the addresses its administrators named, signed, until they have it.

Law of the room: a delivery is written in the transaction of its cause and sent from the outbox, at least once, always
with the same id. An address that fails for long is disabled and says why; what it missed waits until it is enabled.
Signatures are those of standardwebhooks.com.
"""

import base64
import functools
import json
import secrets
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from standardwebhooks import Webhook

from sites.access.roles import require
from sites.core import foreign, keys, ledger, outbox
from sites.core.refusal import Refused
from sites.models import LedgerHead, OutboxItem, Role, Site
from sites.models.endpoints import Delivery, Endpoint
from sites.outside import reach

KINDS = (
    "handoff.opened",
    "handoff.claimed",
    "handoff.closed",
    "handoff.escalated",
    "message.created",
    "rating",
    "complaint",
    "alert.raised",
    "alert.cleared",
    "anchor",
)
PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3_600, 3 * 3_600, 8 * 3_600, 24 * 3_600))
"""Between the attempts of one delivery; after the last it has failed."""
OLD_SECRET = timedelta(hours=24)
"""How long a rotated secret still signs beside the new one."""
KEPT = timedelta(days=30)
"""How long the delivery log reaches back."""
MANY, LONG = 10, timedelta(hours=1)
"""An endpoint is disabled after so many failures one after the other, over so long a time."""
SECONDS, LARGEST = 10.0, 65_536

post = functools.partial(reach.send, "POST", limit=LARGEST, seconds=SECONDS)
"""The way out; tests, which serve on loopback, put theirs here."""


def emit(site_id: int, kind: str, data: Mapping[str, Any]) -> int:
    """Promise one message to every active endpoint of a site, inside the caller's transaction; returns how many."""
    endpoints = list(Endpoint.objects.filter(site=site_id, state=Endpoint.State.ACTIVE).select_related("site"))
    if not endpoints:
        return 0
    message, now = f"msg_{uuid.uuid4().hex}", timezone.now().isoformat()
    said = {"type": kind, "timestamp": now, "data": {"site": endpoints[0].site.slug, **data}}
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=str)
    for endpoint in endpoints:
        _promise(Delivery.objects.create(endpoint=endpoint, message_id=message, kind=kind, body=body))
    return len(endpoints)


# ── Verbs of an administrator ─────────────────────────────────────────────────────────────────────────────────


def add(site: Site, url: str, *, actor: User) -> tuple[Endpoint, str]:
    """Name an address; returns it with its secret, which is shown this once. Raises Refused."""
    try:
        URLValidator(["https"])(url)
    except ValidationError:
        raise Refused(
            "Use an address that begins with https:// : what is sent there are your customers' words."
        ) from None
    if named(url) != url:
        raise Refused(
            "Leave the name and password out of the address: they would stand in lists and in the record. "
            "What is sent is signed; have the receiver check that."
        )
    with transaction.atomic():
        head = ledger.hold(site.pk)
        require(actor, site, Role.ADMIN)
        if Endpoint.objects.filter(site=site, url=url).exists():
            raise Refused("This address is told already.")
        made = Endpoint.objects.create(site=site, url=url, nonce=secrets.token_hex(16))
        ledger.append(site.pk, "webhook.added", {"actor": actor.get_username(), "url": url}, head=head)
    return made, secret_of(made, made.nonce)


def named(url: str) -> str:
    """An address as the record names it: without a name or password that may stand in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def rotate(endpoint: Endpoint, *, actor: User, reason: str) -> str:
    """A new secret, shown this once; the old one signs beside it for a day. Raises Refused without a reason."""
    fresh = secrets.token_hex(16)
    _change(
        endpoint,
        actor,
        "webhook.rotated",
        reason,
        {"nonce": endpoint.nonce},
        nonce=fresh,
        previous_nonce=endpoint.nonce,
        rotated_at=timezone.now(),
    )
    return secret_of(endpoint, fresh)


def disable(endpoint: Endpoint, *, actor: User, reason: str) -> None:
    """Tell this address nothing until it is enabled; what happens meanwhile is not kept for it."""
    active = {"state": Endpoint.State.ACTIVE}
    because = f"By {actor.get_username()}: {reason.strip()}"[:500]
    _change(endpoint, actor, "webhook.disabled", reason, active, state=Endpoint.State.DISABLED, because=because)


def enable(endpoint: Endpoint, *, actor: User, reason: str) -> int:
    """Tell it again, and send what was due when it was disabled; returns how many deliveries."""
    disabled = {"state": Endpoint.State.DISABLED}
    with transaction.atomic():
        _change(
            endpoint,
            actor,
            "webhook.enabled",
            reason,
            disabled,
            state=Endpoint.State.ACTIVE,
            because="",
            failures=0,
            failing_since=None,
        )
        due = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.DUE).order_by("id")
        for delivery in due:
            _promise(delivery)
    return len(due)


def send_again(delivery: Delivery, *, actor: User) -> None:
    """Try a failed delivery once more from the beginning, with the id it had."""
    site_id = delivery.endpoint.site_id
    with transaction.atomic():
        head = ledger.hold(site_id)
        require(actor, site_id, Role.ADMIN)
        failed = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.FAILED)
        if not failed.update(state=Delivery.State.DUE, attempts=0):
            raise Refused("Only a failed delivery is sent again.")
        _promise(delivery)
        ledger.append(site_id, "webhook.again", {"actor": actor.get_username(), "id": delivery.message_id}, head=head)


def prune() -> int:
    """Forget deliveries that arrived, or failed for good, longer ago than KEPT: they hold customers' words."""
    ended = (Delivery.State.DELIVERED, Delivery.State.FAILED)
    return Delivery.objects.filter(state__in=ended, created_at__lt=timezone.now() - KEPT).delete()[0]


def forget(site_id: int, text: str) -> int:
    """Forget every delivery of a site that names `text`, arrived or not; inside the caller's transaction."""
    return Delivery.objects.filter(endpoint__site=site_id, body__contains=text).delete()[0]


# ── Sending ───────────────────────────────────────────────────────────────────────────────────────────────────


@outbox.handler("webhook")
def deliver(item: OutboxItem) -> None:
    """One attempt at one delivery. A repeat of a delivery that arrived changes nothing."""
    found = Delivery.objects.select_related("endpoint").filter(
        pk=item.payload["delivery"], state=Delivery.State.DUE, endpoint__state=Endpoint.State.ACTIVE
    )
    delivery = found.first()
    if delivery is None:
        return
    status, error = _attempt(delivery)
    if status is not None and 200 <= status < 300:
        _arrived(delivery, status)
    else:
        _failed(delivery, status, error or f"It answered {status}; anything but 200 to 299 counts as not received.")


def headers(delivery: Delivery, now: datetime) -> dict[str, str]:
    """The three headers of the standard, signed with every secret that counts now."""
    signed = [
        Webhook(secret).sign(delivery.message_id, now, delivery.body) for secret in _secrets(delivery.endpoint, now)
    ]
    return {
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def secret_of(endpoint: Endpoint, nonce: str) -> str:
    """The secret of a nonce: derived from the installation's SECRET_KEY, so that a copy of the database holds none."""
    return next(_under_each_key(endpoint, nonce))


def _under_each_key(endpoint: Endpoint, nonce: str) -> Iterator[str]:
    for key in keys.derived(f"handrail.webhook:{endpoint.pk}", nonce):
        yield f"whsec_{base64.b64encode(key).decode()}"


def _secrets(endpoint: Endpoint, now: datetime) -> Iterator[str]:
    yield from _under_each_key(endpoint, endpoint.nonce)
    if endpoint.previous_nonce and endpoint.rotated_at and now - endpoint.rotated_at < OLD_SECRET:
        yield from _under_each_key(endpoint, endpoint.previous_nonce)


def _attempt(delivery: Delivery) -> tuple[int | None, str]:
    now = timezone.now()
    sent = {"Content-Type": "application/json", **headers(delivery, now)}
    try:
        return post(delivery.endpoint.url, headers=sent, body=delivery.body.encode()).status, ""
    except (reach.Failed, Refused) as error:
        return None, foreign.text(str(error))


def _arrived(delivery: Delivery, status: int) -> None:
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.DUE).update(
        state=Delivery.State.DELIVERED, attempts=F("attempts") + 1, status=status, error="", attempted_at=timezone.now()
    )
    Endpoint.objects.filter(pk=delivery.endpoint_id, failures__gt=0).update(failures=0, failing_since=None)


def _failed(delivery: Delivery, status: int | None, error: str) -> None:
    """Note a failed attempt, promise the next one, and disable an endpoint that has failed for long or is gone."""
    now, attempts = timezone.now(), delivery.attempts + 1
    last = attempts > len(PAUSES)
    with transaction.atomic():
        head = ledger.hold(delivery.endpoint.site_id)
        mine = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.DUE, attempts=delivery.attempts)
        state = Delivery.State.FAILED if last else Delivery.State.DUE
        if not mine.update(state=state, attempts=attempts, status=status, error=error[:500], attempted_at=now):
            return
        if not last:
            _promise(delivery, now + PAUSES[attempts - 1])
        endpoint = Endpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
        endpoint.failures, endpoint.failing_since = endpoint.failures + 1, endpoint.failing_since or now
        endpoint.save(update_fields=["failures", "failing_since"])
        tired = last or (endpoint.failures >= MANY and now - endpoint.failing_since >= LONG)
        if tired or status == 410:
            _give_up(endpoint, error, head)


def _give_up(endpoint: Endpoint, error: str, head: LedgerHead) -> None:
    because = f"Failed {endpoint.failures} times since {endpoint.failing_since:%d %b %Y, %H:%M} UTC. Last: {error}"[
        :500
    ]
    active = Endpoint.objects.filter(pk=endpoint.pk, state=Endpoint.State.ACTIVE)
    if active.update(state=Endpoint.State.DISABLED, because=because):
        facts = {"actor": "", "url": named(endpoint.url), "reason": because}
        ledger.append(endpoint.site_id, "webhook.disabled", facts, head=head)


def _promise(delivery: Delivery, due_at: datetime | None = None) -> None:
    outbox.put("webhook", {"delivery": delivery.pk}, bulk=True, due_at=due_at)


def _change(endpoint: Endpoint, actor: User, kind: str, reason: str, was: Mapping[str, Any], **now: Any) -> None:
    """One administrator's move of an endpoint by conditional UPDATE. Raises Refused."""
    if not reason.strip():
        raise Refused("Say in a few words why.")
    with transaction.atomic():
        head = ledger.hold(endpoint.site_id)
        require(actor, endpoint.site_id, Role.ADMIN)
        if not Endpoint.objects.filter(pk=endpoint.pk, **was).update(**now):
            raise Refused("Somebody else has just changed this endpoint; look again.")
        facts = {"actor": actor.get_username(), "url": named(endpoint.url), "reason": reason.strip()}
        ledger.append(endpoint.site_id, kind, facts, head=head)
    endpoint.refresh_from_db()
