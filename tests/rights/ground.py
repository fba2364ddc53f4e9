"""One row of everything on a site, all of it marked, so that whoever sees any of it is seen to."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.utils import timezone

from conversations import record
from conversations.models import Citation, Event, Message, Rating, Turn
from escalation.models import Approval, Block, CannedReply, Draft, Handoff, Presence, Seeded, ServiceLevel, Team
from escalation.models.customers import Complaint
from knowledge.models import Category, Dismissal, Example, Gap, Passage, Remit, Revision, Shelf, Source
from release.live import snapshot
from release.models import Exposure, Incident, KillSwitch, Proposal, Run, Scenario, Verdict
from release.models.crawled import Crawl
from release.models.judged import Advice, Sampled
from release.models.offered import Offer
from release.models.proofs import Drill, RedTeamRun, Statement
from release.models.started import Start, Suggestion
from sites.access.roles import grant
from sites.models import LedgerEntry, Membership, Role, Site
from sites.models.endpoints import ApiToken, Delivery, Endpoint, Integration
from sites.models.invitations import Invitation
from sites.models.policy import DataPolicy
from sites.models.thresholds import Alert, Thresholds
from tests.declared import SAMPLE
from tools import models as tools

MARK = "Quoxel"
"""Stands in every text of the site that is asked about, and nowhere else."""


@dataclass
class Ground:
    """A site with a row of every model, by the model's label."""

    site: Site
    rows: dict[str, Any] = field(default_factory=dict)
    token: str = ""

    def put(self, row: Any) -> Any:
        self.rows[row._meta.label_lower] = row
        return row

    def __getitem__(self, label: str) -> Any:
        return self.rows[label]


def lay() -> Ground:
    """The site, made anew."""
    now = timezone.now()
    site = Site.objects.create(
        slug="quoxel-shop",
        name=f"{MARK} Shop",
        origins=["https://shop.example"],
        countries=["GB"],
        crisis=f"{MARK}: call somebody.",
        owners={"customers": "vera-quoxel", "legal": "robin"},
    )
    ground = Ground(site)
    ground.put(site)
    vera = User.objects.create_user(f"vera-{MARK}".lower(), first_name=f"Vera {MARK}")
    ground.put(grant(vera, site, Role.AGENT))
    walt = User.objects.create_user(f"walt-{MARK}".lower())
    grant(walt, site, Role.CONTENT_OWNER)
    ground.rows["knowledge.remit"] = Remit.objects.get(user=walt)
    Presence.objects.create(user=vera, chosen_at=now, seen_at=now + timedelta(hours=1))
    _outside(ground, site, vera)
    _tools(ground, site)
    _knowledge(ground, site)
    _talk(ground, site, vera)
    _release(ground, site)
    _desk(ground, site, vera)
    ground.rows["handrail_sites.ledgerentry"] = LedgerEntry.objects.filter(site=site).first()
    return ground


def _outside(ground: Ground, site: Site, vera: User) -> None:
    invited = {"site": site, "email": f"grace@{MARK}.example".lower(), "role": Role.AGENT, "token_digest": "i" * 64}
    ground.put(Invitation.objects.create(**invited, invited_by=MARK, expires_at=timezone.now() + timedelta(days=1)))
    Authenticator.objects.create(user=vera, type=Authenticator.Type.TOTP, data={})
    ground.put(Thresholds.objects.create(site=site))
    ground.put(DataPolicy.objects.create(site=site))
    ground.put(Alert.objects.create(site=site, rule="errors", text=MARK))
    endpoint = ground.put(Endpoint.objects.create(site=site, url=f"https://{MARK}.example/hook".lower(), nonce="n"))
    ground.put(Delivery.objects.create(endpoint=endpoint, message_id="msg_1", kind="rating", body="{}", state="failed"))
    program = User.objects.create_user(f"integration-{MARK}".lower())
    ground.put(
        Integration.objects.create(
            site=site, name=f"{MARK} Desk", user=program, token_digest="d" * 64, hint="hrt_", created_by=vera.username
        )
    )
    caller = User.objects.create_user(f"token-{MARK}".lower())
    until = timezone.now() + timedelta(days=1)
    token = {"site": site, "name": f"{MARK} sync", "user": caller, "scopes": ["record"], "token_digest": "e" * 64}
    ground.put(ApiToken.objects.create(**token, hint="hra_", created_by=vera.username, expires_at=until))


def _tools(ground: Ground, site: Site) -> None:
    shop = {"name": f"{MARK}_shop".lower(), "title": MARK, "url": "https://api.shop.example", "test_as": ["ada"]}
    ground.put(tools.Connection.objects.create(site=site, name=shop["name"], body=shop))
    said = SAMPLE.tools["orders"].as_json() | {"name": f"{MARK}_orders".lower(), "title": f"{MARK} orders"}
    said["request"] = {**said["request"], "connection": shop["name"]}
    ground.put(tools.Tool.objects.create(site=site, name=said["name"], body=said))
    other = {**shop, "name": f"{MARK}_spare".lower()}
    ground.rows["spare"] = tools.Connection.objects.create(site=site, name=other["name"], body=other)


def _knowledge(ground: Ground, site: Site) -> None:
    category = ground.put(Category.objects.create(site=site, slug="delivery", title=f"{MARK} Delivery"))
    ground.put(Example.objects.create(site=site, counter=True, text=f"{MARK} ships to the moon?"))
    source = ground.put(Source.objects.create(site=site, slug="quoxel-parcels", owner=MARK))
    source.categories.add(category)
    text = f"{MARK} parcels arrive in three days."
    revision = ground.put(
        Revision.objects.create(
            source=source, number=1, title=f"{MARK} parcels", text=text, digest="a", author="somebody"
        )
    )
    ground.put(
        Passage.objects.create(revision=revision, ordinal=0, text=text, start=0, sentences=[[0, len(text)]], digest="a")
    )
    ground.put(Gap.objects.create(site=site, text=f"Where is {MARK}?", reason="not_grounded"))
    ground.put(Shelf.objects.create(site=site, category=category, audience=MARK.lower(), model="m"))
    ground.put(Dismissal.objects.create(site=site, kind="duplicate", pair="1-2", actor=MARK, reason=MARK))
    start = ground.put(Start.objects.create(site=site, name=f"{MARK} questions", created_by="somebody"))
    read = {"address": f"https://{MARK.lower()}.example/", "state": Crawl.State.READY, "begun_at": timezone.now()}
    ground.put(Crawl.objects.create(site=site, created_by="somebody", **read))
    ground.put(Suggestion.objects.create(start=start, kind=Suggestion.Kind.GAP, text=f"{MARK}?"))


def _talk(ground: Ground, site: Site, vera: User) -> None:
    talk, ground.token = record.open_conversation(site, identity={"sub": "ada", "name": f"Ada {MARK}"})
    ground.put(talk)
    asked = record.ask(talk.pk, "1", f"Where is my {MARK}?", timedelta(seconds=60))
    assert asked.turn is not None
    answer = Message.objects.create(conversation=talk, seq=2, author="bot", text=f"{MARK}.", generated="quote")
    type(talk).objects.filter(pk=talk.pk).update(last_seq=2)
    turn = Turn.objects.get(pk=asked.turn.pk)
    Turn.objects.filter(pk=turn.pk).update(
        state="settled", outcome="answer", reason="answered", answer=answer, settled_at=timezone.now()
    )
    Citation.objects.create(
        message=answer, n=1, title=MARK, quote=MARK, updated=timezone.localdate(), source=ground["knowledge.source"]
    )
    ground.rows["conversations.turn"] = turn
    Event.objects.create(conversation=talk, kind="contact", actor="customer", body={"email": f"ada@{MARK}.example"})
    ground.put(Rating.objects.create(conversation=talk, value=2, comment=MARK, with_person=False))


def _release(ground: Ground, site: Site) -> None:
    now = timezone.now()
    made = ground.put(snapshot.freeze(site, actor="somebody"))
    run = ground.put(
        Run.objects.create(release=made, fingerprint="f", started_by=MARK, finished_at=now, total=1, failed=1)
    )
    ground.put(Verdict.objects.create(run=run, scenario=f"{MARK}-1".lower(), passed=False, why=MARK))
    body = {"id": f"{MARK}-1".lower(), "turns": [f"{MARK}?"], "expect": {"outcome": ["decline"]}}
    ground.put(Scenario.objects.create(site=site, slug=body["id"], file=f"{MARK}.jsonl", body=body))
    ground.put(Exposure.objects.create(category=ground["knowledge.category"]))
    ground.put(
        Incident.objects.create(
            site=site,
            number=1,
            severity="minor",
            reason=MARK,
            owner=MARK,
            origin={},
            reach={},
            opened_by=MARK,
            opened_at=now,
            since=now,
            until=now,
        )
    )
    ground.put(
        Advice.objects.create(
            site=site, category=ground["knowledge.category"], ticket="t", question="q", text=MARK, release="f",
            asked_by=MARK, asked_at=now,
        )
    )  # fmt: skip
    turn = ground["conversations.turn"]
    drawn = {"site": site, "category": ground["knowledge.category"], "turn": turn}
    ground.put(Sampled.objects.create(**drawn, week=timezone.localdate(), answered_at=now))
    ground.put(KillSwitch.objects.create(site=site, reason=MARK, engaged_by=MARK, what="model", lifted_at=now))
    ground.put(
        RedTeamRun.objects.create(
            site=site, fingerprint=MARK, seed=1, tries=1, distinct_texts=1, successes=0, seconds=1, goals={}
        )
    )
    ground.put(Drill.objects.create(site=site, actor=MARK, paused=0.1, lifted=0.1))
    ground.put(
        Statement.objects.create(
            site=site, question="legal", text=MARK, signed_by=MARK, signed_at=now, expires_at=now + timedelta(days=1)
        )
    )
    ground.put(
        Proposal.objects.create(site=site, kind=Proposal.Kind.GO_LIVE, release=made, reason=MARK, proposed_by=MARK)
    )
    ground.put(
        Offer.objects.create(
            site=site,
            fingerprint=made.fingerprint,
            key="k",
            kind=Offer.Kind.QUESTION,
            about="delivery",
            text=MARK,
            outcome="answer",
            reason="answered",
            sound=True,
        )
    )


def _desk(ground: Ground, site: Site, vera: User) -> None:
    talk, turn, now = ground["conversations.conversation"], ground["conversations.turn"], timezone.now()
    ground.put(Handoff.objects.create(site=site, conversation=talk, reason="asked_for_human", opened_at=now))
    draft = ground.put(Draft.objects.create(conversation=talk, turn=turn, text=f"{MARK} draft", state="pending"))
    ground.put(Team.objects.create(site=site, name=f"{MARK} team"))
    ground.put(ServiceLevel.objects.create(site=site))
    ground.put(CannedReply.objects.create(site=site, shortcut="hi", title=f"{MARK} hello", text=f"{MARK} hello"))
    ground.put(
        Seeded.objects.create(
            category=ground["knowledge.category"], question=f"{MARK}?", text=MARK, wrong=MARK, draft=draft, by=MARK
        )
    )
    ground.put(
        Block.objects.create(
            site=site,
            conversation=talk,
            scope="conversation",
            key=str(talk.pk),
            reason=MARK,
            by=MARK,
            until=now + timedelta(days=1),
        )
    )
    ground.put(Complaint.objects.create(site=site, conversation=talk, key="k", text=f"{MARK} broke", opened_at=now))
    shop, tool = ground["tools.connection"].body, ground["tools.tool"].body
    ground.rows["approval"] = Approval.objects.create(
        site=site, conversation=ground["conversations.conversation"], turn=ground["conversations.turn"], tool="orders",
        words=f"{MARK} is changed", declared={"tool": tool, "connection": shop}, asked_at=timezone.now(),
        expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip


def person(name: str, **roles: Site) -> User:
    """A person with these roles, each on one site."""
    user = User.objects.create_user(name, is_staff=True)
    Membership.objects.bulk_create(Membership(user=user, site=site, role=role) for role, site in roles.items())
    return user
