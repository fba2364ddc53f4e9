"""A house with every door to what customers get: what honest people do, and what tries to serve the unevaluated."""

import hashlib
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from chatbot.decide import bot, build
from knowledge.editing import approval, ingest
from knowledge.models import Category, Example, Revision, Source
from release.bundles import bundle
from release.exposure import levels, proposals
from release.gate import gate, strictness
from release.incidents import lifecycle
from release.live import snapshot
from release.models import Exposure, Proposal, Release, Rules, Run, Scenario, Verdict
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from sites.models import Site
from tests.release import stage

NEW_TEXT = "A single ticket to the island costs {} euros for an adult."
REFUSALS = (Refused, NotAllowed, CommandError, snapshot.Tampered)


class House:
    """The ferry line, its people, and what the test itself saw pass the gate."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder, self.who = site, folder, stage.people(site)
        self.chief = stage.admin(site)
        self.passed: set[str] = set()
        self.turn = 0

    def browser(self, name: str = "dan") -> Client:
        client = Client()
        client.force_login(self.chief if name == "chief" else self.who[name])
        return client

    def post(self, page: str, *args: object, by: str = "chief", **data: object) -> None:
        self.browser(by).post(reverse(f"admin:{page}", args=args), data)

    def fresh(self) -> Site:
        return Site.objects.get(pk=self.site.pk)

    def newest(self) -> Release:
        return Release.objects.filter(site=self.site).order_by("-number")[0]


def tried(*works: Callable[[], object]) -> None:
    """Try each; a refusal is one of the two ways in which it may end."""
    for work in works:
        try:
            with transaction.atomic():
                work()
        except (*REFUSALS, IntegrityError):
            pass


# ── What honest people do ─────────────────────────────────────────────────────────────────────────────────────


def publish(house: House) -> None:
    release = snapshot.freeze(house.fresh(), actor=house.who["dan"])
    if release.state == Release.State.CANDIDATE:
        tried(lambda: stage.passed(release))
        release.refresh_from_db()
        if release.state == Release.State.PASSED:
            house.passed.add(release.fingerprint)
    tried(lambda: gate.go_live(release, actor=house.who["dan"], second=house.who["cleo"], reason="Season."))
    run = release.runs.filter(passed=True).first()
    if run:
        dan, cleo = house.who["dan"], house.who["cleo"]
        tried(lambda: levels.first_release(house.site, actor=dan, second=cleo, run=run, reason="Season."))


def roll_back(house: House) -> None:
    tried(lambda: gate.rollback(house.fresh(), actor=house.who["dan"], reason="Back."))


# ── The doors ─────────────────────────────────────────────────────────────────────────────────────────────────


def load_another_bundle(house: House) -> None:
    house.turn += 1
    plan = stage.plan(crisis=f"Call {house.turn}.", strictness="open")
    folder = stage.write(house.folder / f"again-{house.turn}", plan)
    (folder / "scenarios" / "basics.jsonl").write_text(json.dumps({"id": "soft", "turns": ["Hello"]}) + "\n")
    bundle.load(folder, actor="shell")


def new_text_without_a_gate(house: House) -> None:
    house.turn += 1
    source = Source.objects.get(site=house.site, slug="fares")
    saved = ingest.revise(source, title="Fares", text=NEW_TEXT.format(house.turn), actor="cleo")
    approval.approve_many([saved.revision], actor="shell", reason="new")
    Revision.objects.filter(pk=saved.revision.pk)


def loosen_the_gate(house: House) -> None:
    tried(lambda: strictness.choose(house.fresh(), 1, actor=house.who["dan"], reason="More."))


def soften_the_bars_in_the_admin(house: House) -> None:
    """The page moves the candidate's bars, and a run in which everything fails is held against them at once."""
    for category in ("tickets", "luggage", ""):
        for by in ("cleo", "dan", "chief"):
            data = {"category": category, "percent": 80, "scenarios": 1, "reason": "Softer."}
            house.browser(by).post(f"{reverse('admin:release_bars')}?site=ferry", data)
    a_run_that_failed(house)


def edit_the_site_in_the_admin(house: House) -> None:
    house.turn += 1
    site = house.fresh()
    data = {
        "name": site.name, "slug": site.slug, "locale": site.locale, "origins": "", "timezone": "UTC",
        "disclosure": f"And {house.turn}.", "crisis": site.crisis,
        "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0,
    }  # fmt: skip
    house.post("handrail_sites_site_change", site.pk, **data)


def edit_categories_and_examples(house: House) -> None:
    house.turn += 1
    Category.objects.filter(site=house.site, slug="tickets").update(asked_level=3, risk="low", title=f"T{house.turn}")
    Example.objects.filter(site=house.site, category__slug="luggage").first().delete()


def weaken_scenarios_in_the_admin(house: House) -> None:
    scenario = Scenario.objects.filter(site=house.site).first()
    if scenario:
        weak = {"slug": scenario.slug, "turns": "Hello", "file": "x"}
        house.post("release_scenario_change", scenario.pk, by="dan", site=house.site.pk, **weak)


def delete_scenarios(house: House) -> None:
    Scenario.objects.filter(site=house.site).delete()


def take_live_what_nobody_ran(house: House) -> None:
    release = snapshot.freeze(house.fresh(), actor=house.who["dan"])
    dan, cleo = house.who["dan"], house.who["cleo"]
    tried(
        lambda: gate.go_live(release, actor=dan, second=cleo, reason="Now."),
        lambda: gate.rollback(house.fresh(), release, actor=dan, reason="Now."),
        lambda: proposals.confirm(proposals.propose_go_live(release, actor=dan, reason="Now."), actor=cleo),
        lambda: call_command("rollback", "ferry", to=release.number, reason="Now."),
    )


def the_command_with_one_person(house: House) -> None:
    """It runs the gate, which is what evaluating is; one person is not enough all the same."""
    tried(lambda: call_command("go_live", "ferry", actor="dan", second="dan", reason="Now."))
    release = house.newest() if Release.objects.filter(site=house.site).exists() else None
    if release and release.runs.filter(passed=True, started_by="dan").exists():
        house.passed.add(release.fingerprint)


def prove_it_with_the_run_of_another(house: House) -> None:
    release = snapshot.freeze(house.fresh(), actor=house.who["dan"])
    other = Run.objects.filter(passed=True).exclude(release=release).first()
    if other:
        dan, cleo = house.who["dan"], house.who["cleo"]
        proposal = Proposal.objects.create(
            site=house.site, kind="first_release", release=release, run=other, reason="x", proposed_by="dan"
        )
        tried(
            lambda: levels.first_release(house.site, actor=dan, second=cleo, run=other, reason="x"),
            lambda: proposals.confirm(proposal, actor=cleo),
            lambda: gate.go_live(release, actor=dan, second=cleo, reason="x"),
        )


def edit_what_is_frozen(house: House) -> None:
    house.turn += 1
    for release in Release.objects.filter(site=house.site):
        Release.objects.filter(pk=release.pk).update(body={**release.body, "crisis": f"Edited {house.turn}"})
    snapshot.forget()


def edit_what_is_frozen_and_its_name(house: House) -> None:
    house.turn += 1
    release = Release.objects.filter(site=house.site, state="live").first()
    if release:
        body = {**release.body, "crisis": f"Forged {house.turn}"}
        digest = hashlib.sha256(snapshot.canonical(body).encode()).hexdigest()
        Release.objects.filter(pk=release.pk).update(body=body, fingerprint=digest)
    snapshot.forget()


def call_it_live_in_the_database(house: House) -> None:
    snapshot.freeze(house.fresh(), actor=house.who["dan"])

    def flip() -> None:
        Release.objects.filter(site=house.site, state="live").update(state="retired")
        Release.objects.filter(pk=house.newest().pk).update(state="live", live_by="dan", seconded_by="cleo")

    tried(flip)


def write_levels(house: House) -> None:
    for category in Category.objects.filter(site=house.site):
        Exposure.objects.update_or_create(category=category, defaults={"level": 3})


def the_admins_own_forms(house: House) -> None:
    release = house.newest() if Release.objects.filter(site=house.site).exists() else None
    category = Category.objects.filter(site=house.site)[0]
    pages = ["release_release_add", "release_run_add", "release_exposure_add", "release_verdict_add"]
    for page in pages:
        house.post(page, site=house.site.pk, category=category.pk, level=3, state="live", passed="on")
    if release:
        house.post("release_release_change", release.pk, state="live", fingerprint="0" * 64)
        house.post("release_release_delete", release.pk, post="yes")
        for run in release.runs.all():
            house.post("release_run_change", run.pk, passed="on", fingerprint=release.fingerprint)
        for verb in ("propose", "first", "rollback"):
            house.post("release_release_act", release.pk, verb, reason="x")
    house.post("release_category_act", category.pk, "raise", reason="x")
    house.post("release_exposure_change", category.pk, level=3)


def the_api(house: House) -> None:
    client = house.browser("chief")
    for path in ("releases/", "runs/", "exposure/", "scenarios/"):
        for method in (client.post, client.put, client.patch, client.delete):
            method(f"/api/v1/{path}", {"state": "live", "level": 3, "site": "ferry"}, content_type="application/json")
    for release in Release.objects.filter(site=house.site):
        for method in (client.post, client.put, client.patch, client.delete):
            method(f"/api/v1/releases/{release.pk}/", {"state": "live"}, content_type="application/json")


def edit_between_freezing_and_going_live(house: House) -> None:
    release = snapshot.freeze(house.fresh(), actor=house.who["dan"])
    begun = gate.begin(release, actor="shell") if release.body["scenarios"] else None
    new_text_without_a_gate(house)
    Scenario.objects.filter(site=house.site).update(body={"id": "x", "turns": ["Hello"]})
    if begun and release.state == Release.State.CANDIDATE and not begun.finished_at:
        verdicts = [Verdict(run=begun, scenario=s["id"], passed=True) for s in release.body["scenarios"]]
        Verdict.objects.bulk_create(verdicts, ignore_conflicts=True)
        gate.advance(begun)
        house.passed.add(release.fingerprint)
        release.refresh_from_db()
    tried(lambda: gate.go_live(release, actor=house.who["dan"], second=house.who["cleo"], reason="x"))


def let_content_go_live_by_itself(house: House) -> None:
    """The rule is written behind everybody's back, and new text goes through the gate as if it counted already."""
    live = Release.objects.filter(site=house.site, state="live").first()
    if live and live.body["gate"]["content"] == "automatic":
        return  # it counts
    Rules.objects.filter(site=house.site).update(content="automatic")
    new_text_without_a_gate(house)
    release = snapshot.freeze(house.fresh(), actor=house.who["cleo"])
    if release.state == Release.State.CANDIDATE and release.body["scenarios"]:
        tried(lambda: stage.passed(release))
        release.refresh_from_db()
        if release.state == Release.State.PASSED:
            house.passed.add(release.fingerprint)  # evaluated, but nobody has taken it live


def new_text_with_softer_bars(house: House) -> None:
    """Bars that nobody agreed to, on a run in which a case fails."""
    rules = {"bar": {"percent": 80, "scenarios": 1}, "bars": {}, "content": "automatic"}
    Rules.objects.filter(site=house.site).update(**rules)
    a_run_that_failed(house)


def a_run_that_failed(house: House) -> None:
    release = snapshot.freeze(house.fresh(), actor=house.who["dan"])
    if release.state == Release.State.CANDIDATE and release.body["scenarios"]:
        run = gate.begin(release, actor="shell")
        verdicts = [Verdict(run=run, scenario=s["id"], passed=False) for s in release.body["scenarios"]]
        Verdict.objects.bulk_create(verdicts, ignore_conflicts=True)
        gate.advance(run)
    take_live_what_nobody_ran(house)


def the_other_commands(house: House) -> None:
    """Everything else that a shell can say about a site."""
    house.turn += 1
    folder = stage.write(house.folder / f"shell-{house.turn}", stage.plan(crisis=f"Shout {house.turn}."))
    newest = house.newest().number if Release.objects.filter(site=house.site).exists() else 1
    tried(
        lambda: call_command("load_site", str(folder)),
        lambda: call_command("pause", site="ferry", reason="x"),
        lambda: call_command("resume", site="ferry", reason="x"),
        lambda: call_command("rollback", "ferry", to=newest, reason="x"),
        lambda: call_command("rollback", "ferry", reason="x"),
        lambda: call_command("go_live", "ferry", actor="eve", second="ben", reason="x"),
    )


def a_scenario_that_asks_less(house: House) -> None:
    """Proposed as the red team does, confirmed by a person: it takes the place of nothing, or of what it names."""
    house.turn += 1
    body = {"id": f"soft-{house.turn}", "turns": ["Hello"], "expect": {"outcome": ["courtesy"]}}
    kind = proposals.propose_scenario(house.fresh(), body, actor="redteam", reason="x")
    if kind:
        tried(lambda: proposals.confirm(kind, actor=house.who["dan"]))
    delete_scenarios(house)
    Scenario.objects.create(site=house.site, slug=f"soft-{house.turn}", body=body)


def an_incident_and_its_measures(house: House) -> None:
    """What contains an incident moves releases too."""
    if Release.objects.filter(site=house.site).exists():
        dan = house.who["dan"]
        tried(lambda: lifecycle.report(house.newest(), severity="minor", reason="x", measures=["rollback"], actor=dan))


def confirm_what_was_proposed_long_ago(house: House) -> None:
    """A proposal outlives what it was made for: the release has retired, or the rows have moved on."""
    dan, cleo = house.who["dan"], house.who["cleo"]
    for release in Release.objects.filter(site=house.site, state=Release.State.PASSED):
        tried(lambda release=release: proposals.propose_go_live(release, actor=dan, reason="x"))
    for run in Run.objects.filter(release__site=house.site, passed=True):
        tried(lambda run=run: proposals.propose_first_release(run, actor=dan, reason="x"))
    new_text_without_a_gate(house)
    for proposal in proposals.waiting(house.site):
        tried(lambda proposal=proposal: proposals.confirm(proposal, actor=cleo))


def the_variables_of_the_process(house: House) -> None:
    """HANDRAIL_MODEL names another model: the real fingerprint of the build, read again, is another."""
    house.turn += 1
    settings.HANDRAIL_MODEL = f"openai:never-heard-of-{house.turn}"
    parts = build.fingerprint_parts.__wrapped__()
    bot.fingerprint_parts = lambda: parts


def another_build(house: House) -> None:
    """The variables of the process change: the code, the model, the tools."""
    house.turn += 1
    parts = import_module(settings.BOT).fingerprint_parts() | {"model": f"another-{house.turn}"}
    bot.fingerprint_parts = lambda: parts


def publish_content_alone(house: House) -> None:
    """What goes live by itself passed too, where the live release, which two people took live, lets it."""
    Rules.objects.filter(site=house.site).update(content="automatic")
    publish(house)
    new_text_without_a_gate(house)
    release = snapshot.freeze(house.fresh(), actor=house.who["cleo"])
    if release.state == Release.State.CANDIDATE:
        tried(lambda: stage.passed(release))
        house.passed.add(release.fingerprint)


HONEST = [publish, roll_back, publish_content_alone]
DOORS = [
    load_another_bundle, new_text_without_a_gate, loosen_the_gate, soften_the_bars_in_the_admin,
    edit_the_site_in_the_admin, edit_categories_and_examples,
    weaken_scenarios_in_the_admin, delete_scenarios, take_live_what_nobody_ran,
    the_command_with_one_person, prove_it_with_the_run_of_another,
    edit_what_is_frozen, edit_what_is_frozen_and_its_name,
    call_it_live_in_the_database, write_levels, the_admins_own_forms, the_api,
    edit_between_freezing_and_going_live, a_run_that_failed, another_build, the_other_commands,
    a_scenario_that_asks_less, an_incident_and_its_measures, confirm_what_was_proposed_long_ago,
    the_variables_of_the_process,
    let_content_go_live_by_itself, new_text_with_softer_bars,
]  # fmt: skip
