"""The desk in a real browser: an urgent customer comes to the top of an open screen, and it rings for every team."""

import pytest
from playwright.sync_api import expect

from conversations.outcomes import Reason
from escalation.desk import desk
from escalation.models import Handoff, Team
from tests.escalation.conftest import wait
from tests.escalation.test_queue_in_a_browser import COUNTING

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_it_rings_for_ben_though_it_went_to_another_team_and_became_urgent_later(shop, ben, mia, screens):
    hers, his = Team.objects.create(site=shop, name="Fraud"), Team.objects.create(site=shop, name="Returns")
    hers.people.add(mia)
    his.people.add(ben)
    page = screens(ben)
    page.add_init_script(COUNTING)
    page.evaluate("localStorage.setItem('handrail:tell', 'on')")
    page.reload()
    mine = desk.claim(wait(shop), actor=ben)
    expect(page.locator(f"#list-mine #h-{mine.pk}")).to_be_visible()
    rung = page.evaluate("window.heard")
    ada = wait(shop, reason="asked_for_human")
    Handoff.objects.filter(pk=ada.pk).update(team=hers)
    page.reload()
    expect(page.locator(f"#list-open #h-{ada.pk}")).to_be_visible()
    rung = page.evaluate("window.heard")
    desk.make_urgent(ada.conversation_id, reason=Reason.DISTRESS)
    expect(page.locator(f"#list-first #h-{ada.pk}")).to_be_visible()
    page.wait_for_function(f"window.heard > {rung}")
    assert page.locator(".row:visible").first.get_attribute("id") == f"h-{ada.pk}"
    page.get_by_text("Mine", exact=True).click()
    expect(page.locator(f"#h-{ada.pk}")).to_be_visible()
    page.locator(f"#claim-h-{ada.pk}").click()
    expect(page.locator("#head .status")).to_have_text("yours")
