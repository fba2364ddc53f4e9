"""The queue in a real browser: filters in the address, clocks with a target, a sign on request, all by keyboard."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from escalation.desk import desk
from escalation.models import Handoff, Team
from tests.escalation.conftest import DESK, wait

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COUNTING = (
    "window.heard = 0; window.AudioContext = class { constructor() { window.heard++; } get currentTime() { return 0; } \
createOscillator() { return { frequency: {}, connect: (x) => x, start() {}, stop() {} }; } \
createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (x) => x }; } };"
)


def test_filters_live_in_the_address_and_hold_for_what_arrives(shop, returns, ben, mia, screens):
    complaint, fraud = wait(shop), wait(shop, reason="security", urgent=True)
    mine = desk.claim(wait(shop), actor=ben)
    page = screens(ben)
    page.get_by_label("Reason").select_option("security")
    expect(page.locator(f"#h-{fraud.pk}")).to_be_visible()
    expect(page.locator(f"#h-{complaint.pk}")).to_be_hidden()
    expect(page.locator("#shown")).to_have_text("1 of 3")
    assert page.url.endswith("?reason=security")
    late, more = wait(shop), wait(shop, reason="security")
    expect(page.locator(f"#h-{more.pk}")).to_be_visible()
    expect(page.locator(f"#h-{late.pk}")).to_be_hidden()
    page.reload()
    expect(page.locator("#shown")).to_have_text("2 of 5")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(f"#h-{complaint.pk}")).to_be_visible()
    page.get_by_text("Mine", exact=True).click()
    expect(page.locator(".row:visible")).to_have_count(2)
    expect(page.locator(f"#h-{mine.pk}")).to_be_visible()
    expect(page.locator(f"#h-{fraud.pk}")).to_be_visible()  # nobody filters away a customer with priority
    page.goto(f"{DESK}?show=unassigned&about=category:returns")
    expect(page.locator(".row:visible")).to_have_count(4)


def test_a_team_is_a_filter_too(shop, ben, screens):
    refunds = Team.objects.create(site=shop, name="Refunds & more")
    theirs, other = wait(shop), wait(shop)
    Handoff.objects.filter(pk=theirs.pk).update(team=refunds)
    page = screens(ben)
    page.get_by_label("Category or team").select_option("team:Refunds & more")
    expect(page.locator(f"#h-{theirs.pk}")).to_be_visible()
    expect(page.locator(f"#h-{other.pk}")).to_be_hidden()


def test_each_clock_says_in_words_how_it_stands_with_the_sites_target(shop, ben, screens):
    new, soon, late = wait(shop), wait(shop), wait(shop)
    for handoff, minutes in ((soon, 4), (late, 7)):
        Handoff.objects.filter(pk=handoff.pk).update(opened_at=timezone.now() - timedelta(minutes=minutes))
    page = screens(ben)
    for handoff, words in ((new, "on time"), (soon, "due soon"), (late, "late")):
        expect(page.locator(f"#h-{handoff.pk} .level")).to_have_text(words)
    expect(page.locator(f"#h-{late.pk} time")).to_have_text(re.compile(r"^7:\d\d$"))


def test_nobody_is_disturbed_before_they_ask_and_the_wish_is_remembered(shop, ben, mia, screens):
    page = screens(ben)
    page.add_init_script(COUNTING)
    page.reload()
    tell = page.get_by_role("button", name="Tell me when somebody waits")
    expect(tell).to_have_attribute("aria-pressed", "false")
    first = wait(shop)
    expect(page.locator(f"#h-{first.pk}")).to_be_visible()
    assert page.evaluate("window.heard") == 0
    tell.click()
    expect(tell).to_have_attribute("aria-pressed", "true")
    page.reload()
    second = wait(shop)
    expect(page.locator(f"#h-{second.pk}")).to_be_visible()
    page.wait_for_function("window.heard === 1")
    desk.claim(first, actor=mia)
    expect(page.locator(f"#list-taken #h-{first.pk}")).to_be_visible()
    assert page.evaluate("window.heard") == 1, "a claim is nobody new"
    expect(page).to_have_title(re.compile(r"^\(1\) "))


def test_the_queue_by_keyboard_alone(shop, ben, screens):
    first, second = wait(shop), wait(shop)
    page = screens(ben)
    page.keyboard.press("j")
    expect(page.locator(f"#open-h-{first.pk}")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(f"#open-h-{second.pk}")).to_be_focused()
    wait(shop, urgent=True)  # arrives above; the focus stays
    expect(page.locator("#list-first .row")).to_have_count(1)
    expect(page.locator(f"#open-h-{second.pk}")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="By keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(page.get_by_label("Category or team")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator(f"#open-h-{second.pk}").focus()
    page.keyboard.press("c")
    expect(page.locator("#head .status")).to_have_text("yours")
    assert Handoff.objects.get(pk=second.pk).state == "claimed"


def test_single_keys_can_be_switched_off(shop, ben, screens):
    wait(shop)
    page = screens(ben)
    page.keyboard.press("?")
    page.get_by_label("Use single keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("!document.activeElement.closest('.row')")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="By keyboard")).to_be_visible()


def test_presence_is_chosen_on_the_desk_and_seen_by_the_colleague(shop, ben, mia, screens):
    handoff = desk.claim(wait(shop), actor=ben)
    mias = screens(mia)
    bens = screens(ben, f"{DESK}{handoff.conversation_id}/")
    bens.keyboard.press("Escape")
    bens.keyboard.press("t")
    expect(bens.locator("#transfer-to")).to_be_focused()
    expect(bens.locator("#transfer-to option", has_text="Mia (available)")).to_be_attached()
    bens.keyboard.press("Escape")
    mias.keyboard.press("v")
    mias.get_by_role("button", name="Away").click()
    expect(mias.locator("#presence summary")).to_have_text("You are away")
    expect(bens.locator("#transfer-to option", has_text="Mia (away)")).to_be_attached()
    bens.keyboard.press("t")
    bens.locator("#transfer-to").select_option(label="Mia (away)")
    bens.locator("#transfer-note").fill("Please help her.")
    bens.keyboard.press("Control+Enter")
    expect(bens.locator("#head .status")).to_have_text("with Mia")
    expect(mias.locator(f"#list-mine #h-{handoff.pk}")).to_be_visible()
