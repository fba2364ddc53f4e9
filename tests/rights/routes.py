"""Every route of the staff as a request that does the real thing on one site."""

from collections.abc import Iterator

from release.web.incident_api import VERBS as INCIDENT
from tests.rights.ground import Ground
from tests.rights.probes import JSON, REASON, Probe, resumed, sent


def routes(ground: Ground) -> Iterator[Probe]:
    """Every route of the staff, with every method it takes."""
    slug, api = ground.site.slug, "/api/v1"
    key = {label.split(".")[1]: row.pk for label, row in ground.rows.items() if "." in label}
    for rows in ("categories", "sources", "revisions", "record", "releases", "runs", "exposure", "exposure/moves"):
        yield sent(f"GET /{rows}/", "GET", f"{api}/{rows}/", shows=True)
    for rows in ("pauses", "incidents", "handoffs"):
        yield sent(f"GET /{rows}/", "GET", f"{api}/{rows}/", shows=True)
    talk = ground["conversations.conversation"].pk
    one = {
        "sources": key["source"],
        "revisions": key["revision"],
        "releases": key["release"],
        "incidents": key["incident"],
    }
    for rows, pk in {**one, "handoffs": key["handoff"]}.items():
        yield sent(f"GET /{rows}/<pk>/", "GET", f"{api}/{rows}/{pk}/")
    yield sent("GET /record/<conversation>/", "GET", f"{api}/record/{talk}/")
    yield sent("GET /runs/<run>/verdicts/", "GET", f"{api}/runs/{key['run']}/verdicts/")
    yield sent("GET /sites/<site>/checklist/", "GET", f"{api}/sites/{slug}/checklist/")
    yield sent("GET /incidents/<pk>/customers/", "GET", f"{api}/incidents/{key['incident']}/customers/")
    yield sent("GET /incidents/<pk>/export/", "GET", f"{api}/incidents/{key['incident']}/export/")
    yield sent("POST /record/<conversation>/erase/", "POST", f"{api}/record/{talk}/erase/", REASON)
    text = {"title": "Fees", "text": "There are none."}
    whole = {**text, "site": slug, "slug": "fees", "categories": ["delivery"]}
    yield sent("POST /sources/", "POST", f"{api}/sources/", whole)
    yield sent("POST /sources/<pk>/revise/", "POST", f"{api}/sources/{key['source']}/revise/", text)
    for verb in ("withdraw", "restore"):
        yield sent(f"POST /sources/<pk>/{verb}/", "POST", f"{api}/sources/{key['source']}/{verb}/", REASON)
    for verb in ("submit", "approve", "reject"):
        yield sent(f"POST /revisions/<pk>/{verb}/", "POST", f"{api}/revisions/{key['revision']}/{verb}/", REASON)
    yield sent("POST /pauses/", "POST", f"{api}/pauses/", {"site": slug, **REASON})
    lifted = {"site": slug, "what": "model", **REASON}
    yield resumed(ground, "POST /pauses/resume/", f"{api}/pauses/resume/", lifted, content_type=JSON)
    report = {"site": slug, "kind": "release", "key": "1", "severity": "minor", "owner": "vera-quoxel", **REASON}
    yield sent("POST /incidents/", "POST", f"{api}/incidents/", report)
    moved = {"measures": ["pause_site"], "text": "We were wrong.", "state": "honoured", "lesson": "Look.", **REASON}
    for verb in INCIDENT:
        path = f"{api}/incidents/{key['incident']}/{verb}/"
        yield sent(f"POST /incidents/<pk>/<verb>/ {verb}", "POST", path, moved)
    ticket = {"site": slug, "ticket": "t-1", "text": "Where is my parcel?"}
    yield sent("POST /suggest/", "POST", f"{api}/suggest/", ticket)
    yield sent("POST /suggest/<pk>/", "POST", f"{api}/suggest/{key['advice']}/", {"verdict": "accepted"})
    told = {"text": "Hello.", "note": "Hm.", "team": ground["escalation.team"].name, **REASON}
    told |= {"scope": "conversation", "length": "hour"}
    for verb in ("claim", "reply", "note", "return", "release", "transfer", "block", "close", "call-back"):
        yield sent(f"POST /handoffs/<pk>/{verb}/", "POST", f"{api}/handoffs/{key['handoff']}/{verb}/", told)
