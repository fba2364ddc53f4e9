"""How a run went, for people: its failures, the newly broken ones first, and the whole as a signed file.

The signature is Ed25519 with a key derived from SECRET_KEY: a copy of the database holds none, and whoever was given
the public key can check a file without this installation.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from release.core.people import Actor, name
from release.gate import gate, heard
from release.live import snapshot
from release.models import Release, Run, Verdict
from sites.core import keys, ledger
from sites.core.refusal import Refused

ALGORITHM = "Ed25519"


def baseline(run: Run) -> Run | None:
    """The run that others are compared with: of what is live; for the live release itself, its own before this one."""
    live = Release.objects.filter(site=run.release.site_id, state=Release.State.LIVE).first()
    found = Run.objects.filter(release=live, passed=True, base=None).exclude(pk=run.pk)
    return found.filter(pk__lt=run.pk).first() or found.first()


def failures(run: Run) -> tuple[list[Verdict], set[str]]:
    """The verdicts that failed, newly broken ones first, and the ids of those: what passes in what is live."""
    against = baseline(run)
    passed = Verdict.objects.filter(run=against, passed=True).values_list("scenario", flat=True) if against else ()
    before = set(passed)
    failed = sorted(run.verdicts.filter(passed=False), key=lambda verdict: (verdict.scenario not in before, verdict.pk))
    return failed, {verdict.scenario for verdict in failed} & before


def export(run: Run, *, actor: Actor) -> dict[str, Any]:
    """A finished run as one signed document; that it was taken is a link of the chain. Raises Refused."""
    if run.finished_at is None:
        raise Refused("The run is not finished; a report of it would say too little.")
    report = _report(run)
    facts = {"run": run.pk, "release": run.release.number, "digest": ledger.digest(snapshot.canonical(report))}
    ledger.note(run.release.site_id, "gate_report", actor=name(actor), **facts)
    return {"report": report, "signed": _sign(report)}


def verify(document: Any, key: str = "") -> dict[str, Any]:
    """The report inside a signed document, untouched since it was signed with `key` (default: this installation's).

    Raises Refused, which says what is wrong.
    """
    if not isinstance(document, Mapping) or not {"report", "signed"} <= document.keys():
        raise Refused("This is no signed report: it has no “report” and “signed”.")
    signed = document["signed"]
    believed = {key} if key else {_public(private) for private in _keys()}
    if not isinstance(signed, Mapping) or signed.get("algorithm") != ALGORITHM or signed.get("key") not in believed:
        raise Refused("It was not signed with this key: by another installation, under another SECRET_KEY, or forged.")
    try:
        signature = base64.b64decode(str(signed.get("signature")), validate=True)
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(str(signed["key"]), validate=True))
        public.verify(signature, snapshot.canonical(document["report"]).encode())
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise Refused("The report was changed after it was signed.") from error
    report: dict[str, Any] = document["report"]
    return report


def public_key() -> str:
    """What checks this installation's reports, in base64."""
    return _public(next(_keys()))


def _public(private: Ed25519PrivateKey) -> str:
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def _keys() -> Iterator[Ed25519PrivateKey]:
    """The key that signs, then those of before, whose reports still count while SECRET_KEY_FALLBACKS names them."""
    return map(Ed25519PrivateKey.from_private_bytes, keys.derived("handrail.gate", "report"))


def _sign(report: dict[str, Any]) -> dict[str, str]:
    signature = next(_keys()).sign(snapshot.canonical(report).encode())
    return {"algorithm": ALGORITHM, "key": public_key(), "signature": base64.b64encode(signature).decode()}


def _report(run: Run) -> dict[str, Any]:
    release, frozen = run.release, snapshot.of(run.release)
    against, (_, newly) = baseline(run), failures(run)
    said = heard.of(run)
    return {
        "format": 1,
        "site": frozen.site,
        "release": release.number,
        "fingerprint": run.fingerprint,
        "build": dict(frozen.build),
        "run": run.pk,
        "passed": run.passed,
        "objections": run.objections,
        "started": {"at": run.started_at.isoformat(), "by": run.started_by},
        "finished": run.finished_at.isoformat() if run.finished_at else None,
        "totals": {"scenarios": run.total, "failed": run.failed, "in_release": len(frozen.scenarios)},
        "rests_on": run.base.number if run.base else None,
        "compared_with": against.release.number if against else None,
        "newly_broken": sorted(newly),
        "model": said.as_json() if said is not None else None,
        "model_away": run.away,
        **gate.tally(run).as_json(),
        "cases": list(run.verdicts.values_list("case", flat=True)),
    }
