"""Dan moves a bar of the candidate in the admin: with a reason, in the record, and nothing live is touched by it."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from release.core.bars import Bar
from release.gate import gate, rules
from release.gate.diff import diff
from release.live import permits, snapshot
from release.models import Release, Rules, Run
from release.readiness import evidence as readiness
from release.readiness.look import Look
from sites.access.roles import NotAllowed, grant
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Role, Site
from tests.release import stage

pytestmark = pytest.mark.django_db


def client(user) -> Client:
    made = Client()
    made.force_login(user)
    return made


def page(user, query: str = "?site=ferry") -> tuple[int, str]:
    answer = client(user).get(reverse("admin:release_bars") + query)
    return answer.status_code, re.sub(r"\s+", " ", answer.content.decode())


def change(user, category: str, percent: str = "", scenarios: str = "", reason: str = "Nine of ten will do.") -> str:
    data = {"category": category, "percent": percent, "scenarios": scenarios, "reason": reason}
    answer = client(user).post(reverse("admin:release_bars") + "?site=ferry", data, follow=True)
    return answer.content.decode()


def bars(site: Site) -> dict[str, Bar]:
    return dict(snapshot.candidate(site).bars)


def run(site: Site, *failed: str) -> Run:
    """A run of the candidate in which these failed."""
    return stage.ran(snapshot.freeze(site, actor="test"), *failed)


def test_dan_gives_a_category_a_bar_of_its_own_and_it_is_in_the_record(ferry, who):
    assert "The candidate&#x27;s bar is moved" in change(who["dan"], "tickets", "90", "5")
    assert bars(ferry) == {"tickets": Bar(90, 5), "luggage": Bar(100, 1), "": Bar(100, 1)}
    facts = json.loads(LedgerEntry.objects.get(kind="bar_set").body)
    del facts["at"]
    assert facts == {
        "actor": "dan", "category": "tickets", "from": {}, "to": {"percent": 90, "scenarios": 5},
        "reason": "Nine of ten will do.",
    }  # fmt: skip
    assert not list(ledger.verify(ferry))


def test_the_sites_bar_reaches_every_category_without_its_own(ferry, who):
    change(who["dan"], "tickets", scenarios="7")
    change(who["dan"], "", "95", "3")
    assert bars(ferry) == {"tickets": Bar(95, 7), "luggage": Bar(95, 3), "": Bar(95, 3)}
    change(who["dan"], "tickets")
    assert Rules.objects.get(site=ferry).bars == {}
    assert bars(ferry)["tickets"] == Bar(95, 3)


def test_the_page_says_where_each_part_of_a_bar_comes_from(ferry, who):
    change(who["dan"], "tickets", "90")
    found = {each.slug: (each.bar, each.origins) for each in rules.of(ferry).categories}
    assert found == {
        "tickets": (Bar(90, 1), {"percent": "own", "scenarios": "the site's"}),
        "luggage": (Bar(100, 1), {"percent": "the standard", "scenarios": "the site's"}),
    }
    shown = page(who["dan"])[1]
    assert "<b>90 %</b> <small>own</small>" in shown
    assert "<b>1</b> <small>the site&#x27;s</small>" in shown


def test_the_page_holds_the_bars_against_what_the_last_whole_run_reached(ferry, who):
    assert "No run has asked everything yet" in page(who["dan"])[1]
    run(ferry, "fare-adult")
    lines = {each.slug: each.line for each in rules.of(ferry).categories}
    assert {slug: (line.passed, line.n, line.met) for slug, line in lines.items()} == {
        "tickets": (0, 1, False), "luggage": (1, 1, True),
    }  # fmt: skip
    change(who["dan"], "luggage", scenarios="10")
    shown = page(who["dan"])[1]
    assert "0 of 1</span>" in shown
    assert "0 to 79 %" in shown
    assert "level 3 needs 10" in shown
    assert shown.count('class="unmet"') == 1


def test_what_must_not_fail_is_shown_and_cannot_be_changed(ferry, who):
    shown = page(who["dan"])[1]
    fixed = shown.partition("Where nothing may fail")[2]
    assert '<th scope="row">cross-customer</th><td>all</td>' in fixed
    assert "<form" not in fixed.partition("</section>")[0]
    assert "There is no category “leak”; choose one of tickets, luggage." in change(who["dan"], "leak", "80")


@pytest.mark.parametrize(
    ("percent", "scenarios", "reason", "said"),
    [
        ("79", "", "x", "The share that must pass is “79”; use a whole number from 80 to 100, or leave it empty."),
        ("101", "", "x", "is “101”; use a whole number from 80 to 100"),
        ("9e1", "", "x", "is “9e1”; use a whole number"),
        ("90.5", "", "x", "is “90.5”; use a whole number"),
        ("-90", "", "x", "is “-90”; use a whole number"),
        ("", "0", "x", "The least number of scenarios is “0”; use a whole number from 1 to 10000"),
        ("", "10001", "x", "is “10001”; use a whole number from 1 to 10000"),
        ("٩٠", "", "x", "is “٩٠”; use a whole number"),
        ("90", "", " ", "Give a reason."),
        ("", "", "x", "This is the bar already; nothing was changed."),
    ],
)
def test_what_is_no_bar_is_refused_with_the_cause_and_stays_in_the_form(ferry, who, percent, scenarios, reason, said):
    before, entries = snapshot.candidate(ferry).fingerprint, LedgerEntry.objects.count()
    told = change(who["dan"], "tickets", percent, scenarios, reason)
    assert said in told
    assert f'name="percent" inputmode="numeric" maxlength="6" value="{percent}"' in told
    assert f'name="scenarios" inputmode="numeric" maxlength="6" value="{scenarios}"' in told
    assert (snapshot.candidate(ferry).fingerprint, LedgerEntry.objects.count()) == (before, entries)


@pytest.mark.parametrize("name", ["cleo", "ben", "eve"])
def test_only_a_release_owner_or_an_administrator_may(ferry, who, name):
    with pytest.raises(NotAllowed):
        rules.set_bar(ferry, "tickets", {"percent": 80}, actor=who[name], reason="x")
    change(who[name], "tickets", "80")
    assert bars(ferry)["tickets"] == Bar(100, 1)
    assert "#change" not in page(who[name])[1]
    rules.set_bar(ferry, "tickets", {"percent": 80}, actor=stage.admin(ferry), reason="x")
    assert bars(ferry)["tickets"] == Bar(80, 1)


def test_cleo_sees_the_bars_and_people_of_another_site_find_nothing(ferry, who):
    assert page(who["cleo"])[0] == 200
    grant(who["eve"], Site.objects.create(slug="evil", name="Evil"), Role.RELEASE_OWNER)
    assert page(who["eve"])[0] == 404
    assert change(who["eve"], "tickets", "80")
    assert "Island" not in page(who["eve"], "?site=evil")[1]
    assert bars(ferry)["tickets"] == Bar(100, 1)
    assert Client().get(reverse("admin:release_bars")).status_code == 302


def test_a_lowered_bar_is_another_release_named_first_and_customers_keep_the_live_one(ferry, who):
    live = stage.publish(ferry)
    change(who["dan"], "tickets", "80")
    candidate = snapshot.candidate(ferry)
    assert candidate.fingerprint != live.fingerprint
    first = diff(snapshot.of(live), candidate)[0]
    assert (first.name, first.weakens) == ("bar of tickets", True)
    assert snapshot.live(ferry.pk).fingerprint == live.fingerprint
    assert snapshot.live(ferry.pk).bars["tickets"] == Bar(100, 1)
    assert permits.of(ferry.pk, "tickets").level == 3
    frozen = snapshot.freeze(ferry, actor=who["dan"])
    assert frozen.pk != live.pk
    with pytest.raises(Refused, match="no passing run"):
        gate.go_live(frozen, actor=who["dan"], second=who["cleo"], reason="x")


def test_a_lowered_bar_saves_no_run_that_failed_before_it(ferry, who):
    failed = run(ferry, "fare-adult")
    assert failed.release.state == Release.State.FAILED
    change(who["dan"], "tickets", "80")
    failed.refresh_from_db()
    assert not failed.passed
    assert Release.objects.get(pk=failed.release_id).state == Release.State.FAILED


def test_a_new_category_with_a_softer_bar_than_the_sites_is_named_among_what_weakens(ferry, who):
    before = snapshot.candidate(ferry)
    ferry.categories.create(slug="meals", title="Meals", position=9)
    change(who["dan"], "meals", "80")
    named = [change for change in diff(before, snapshot.candidate(ferry)) if change.name == "bar of meals"]
    assert [(c.before, c.after, c.weakens) for c in named] == [("", "80 % of at least 1", True)]


def test_the_checklist_says_where_a_bar_of_what_is_live_lets_scenarios_fail(ferry, who):
    def bar() -> str:
        return next(f.value for f in readiness.evaluation(Look(ferry, timezone.now())) if f.label == "Bar")

    stage.publish(ferry)
    assert bar().startswith("every scenario passes on this very build")
    change(who["dan"], "tickets", "90")
    assert bar().startswith("every scenario passes on this very build")
    stage.publish(ferry)
    assert "(tickets: 90 % of at least 1)" in bar()


def test_the_page_needs_no_inline_code_and_is_found_from_the_front_page(ferry, who):
    status, shown = page(who["dan"], "?site=ferry&change=tickets")
    assert status == 200
    assert "Change the bar of Tickets" in shown
    assert "Change the bar of the site" in page(who["dan"], "?site=ferry&change=")[1]
    assert not any(inline in shown for inline in ("<script>", " style=", " onclick="))
    front = client(who["dan"]).get(reverse("admin:index")).content.decode()
    assert f'href="{reverse("admin:release_bars")}"' in front
