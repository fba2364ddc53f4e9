"""The desk in two real browsers: a claim is seen, a half-typed reply survives, markup stays text, keys are enough."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from conversations import record
from escalation.desk import blocks, desk
from escalation.models import CannedReply, Handoff, Team, Unsent
from tests.escalation.conftest import DESK, LEASE, wait

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MARKUP = '<img src=x onerror="window.hit=1"><script>window.hit=1</script><b hx-get="/evil" hx-trigger="load">x</b>'


def test_a_claim_is_seen_by_the_colleague_and_a_half_typed_reply_survives_what_arrives(shop, ben, mia, screens):
    handoff = wait(shop, identity={"sub": "ada", "name": "Ada Byrne"})
    bens, mias = screens(ben), screens(mia)
    bens.locator(f"#claim-h-{handoff.pk}").click()
    expect(mias.locator(f"#list-taken #h-{handoff.pk}")).to_contain_text("with Ben")

    reply = bens.locator("#reply")
    expect(reply).to_be_focused()
    bens.keyboard.type("Hello Ada, I am lo")
    record.ask(handoff.conversation_id, "second", MARKUP, LEASE)
    expect(bens.locator("#thread")).to_contain_text("<img src=x")
    expect(reply).to_have_value("Hello Ada, I am lo")
    expect(reply).to_be_focused()
    assert bens.evaluate("window.hit") is None

    bens.reload()
    expect(bens.locator("#reply")).to_have_value("Hello Ada, I am lo")
    bens.keyboard.type("oking.")
    bens.keyboard.press("Control+Enter")
    expect(bens.locator(".entry.agent")).to_contain_text("Hello Ada, I am looking.")
    expect(bens.locator("#reply")).to_have_value("")
    expect(bens.locator("#reply")).to_be_focused()


def test_the_whole_work_by_keyboard(shop, ben, screens):
    handoff = wait(shop)
    page = screens(ben)
    page.locator(f"#claim-h-{handoff.pk}").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_contain_text("yours")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("All done.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".entry.agent")).to_contain_text("All done.")
    page.locator(".note-box summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("was easy")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".entry.note")).to_contain_text("was easy")
    page.locator("#head summary", has_text="Close").focus()
    page.keyboard.press("Enter")
    expect(page.locator("input[name=ending][value=resolved]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#head summary", has_text="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("input[name=ending][value=resolved]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("input[name=need][value=needed]")).to_be_checked()
    page.locator("#close-reason").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_contain_text("closed")
    assert Handoff.objects.get(pk=handoff.pk).ending == "resolved"


def test_a_refusal_is_said_and_the_text_is_kept(shop, ben, mia, screens):
    handoff = wait(shop)
    page = screens(ben)
    page.route("**/ws/desk/**", lambda route: route.abort())
    desk.claim(handoff, actor=ben)
    page.goto(f"/admin/escalation/handoff/desk/{handoff.conversation_id}/")
    page.locator("#reply").fill("Too late")
    desk.release(handoff, actor=ben)
    desk.claim(handoff, actor=mia)
    page.evaluate("document.getElementById('send').disabled = false")
    page.locator("#composer").evaluate("form => form.requestSubmit()")
    expect(page.locator("#notice")).to_contain_text("Mia has this conversation.")
    expect(page.locator("#reply")).to_have_value("Too late")


def test_a_draft_is_approved_on_the_same_screen(shop, ben, pending, screens):
    page = screens(ben)
    page.locator("#list-drafts .about").click()
    page.locator("#draft .citation summary").click()
    expect(page.locator("#draft blockquote")).to_have_text("Items can be returned within 30 days.")
    page.locator("#approve").click()
    expect(page.locator("#thread")).to_contain_text("drafted by AI, approved by Ben")
    expect(page.locator("#draft .draft")).to_have_count(0)


def late(page, address, gone):
    """Hold an answer back until the push has taken something away."""

    def held(route):
        answer = route.fetch()
        expect(page.locator(gone)).to_have_count(0)
        route.fulfill(response=answer)

    page.route(address, held)


def test_what_a_click_did_is_said_also_when_the_push_took_the_button_away_first(shop, ben, pending, screens):
    page = screens(ben)
    page.locator("#list-drafts .about").click()

    late(page, "**/approve/", gone="#draft .draft")
    page.locator("#approve").click()
    expect(page.locator("#notice")).to_contain_text("approved by you")


def test_who_claims_can_write_at_once_also_when_the_push_took_the_button_away_first(shop, ben, screens):
    page = screens(ben)
    page.locator(f"#h-{wait(shop).pk} .about").click()

    late(page, "**/claim/", gone="#claim")
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_focused()


def test_a_text_that_is_saved_while_the_page_reloads_stands_on_the_new_page(shop, ben, screens):
    page = screens(ben)
    page.locator(f"#claim-h-{wait(shop).pk}").click()
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("Hello Ada")

    def late(route):
        answer = route.fetch()  # rendered before the text was saved
        while not Unsent.objects.exists():
            page.wait_for_timeout(50)
        route.fulfill(response=answer)

    page.route(page.url, late)
    page.reload()
    expect(page.locator("#reply")).to_have_value("Hello Ada")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_is_accessible_in_both_schemes(shop, ben, pending, screens, scheme):
    wait(shop, urgent=True, identity={"sub": "ada"})
    handoff = desk.claim(wait(shop), actor=ben)
    desk.note(handoff.conversation, actor=ben, text="be gentle")
    desk.reply(handoff, actor=ben, text="Hello")
    page = screens(ben, color_scheme=scheme)
    paths = (
        "/admin/escalation/handoff/desk/",
        f"/admin/escalation/handoff/desk/{handoff.conversation_id}/",
        f"/admin/escalation/handoff/desk/{pending.conversation_id}/",
        "/admin/",
    )
    for path in paths:
        page.goto(path)
        assert wrong(page) == "", path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_menu_dialog_and_list_is_accessible(shop, ben, mia, screens, scheme):
    CannedReply.objects.create(site=shop, shortcut="hello", title="Greeting", text="Hello {name}.")
    Team.objects.create(site=shop, name="Refunds")
    late = wait(shop, locale="de")
    Handoff.objects.filter(pk=late.pk).update(opened_at=timezone.now() - timedelta(minutes=9))
    handoff = desk.claim(wait(shop, identity={"sub": "ada"}), actor=ben)
    blocks.block(handoff.conversation, actor=ben, scope="conversation", length="hour", reason="insults")
    page = screens(ben, color_scheme=scheme, reduced_motion="reduce")
    page.get_by_role("button", name="Tell me").click()
    for key in ("v", "?"):
        page.keyboard.press(key)
        assert wrong(page) == "", key
        page.keyboard.press("Escape")
    page.goto(f"{DESK}{handoff.conversation_id}/")
    expect(page.locator("#reply")).to_be_focused()
    for key in ("t", "w", "b", "n", "?"):
        page.keyboard.press("Escape")
        page.keyboard.press(key)
        assert wrong(page) == "", key
    page.keyboard.press("Escape")
    page.locator("#reply").fill("")
    page.locator("#reply").press("/")
    expect(page.locator("#canned")).to_be_visible()
    assert wrong(page) == ""


def wrong(page) -> str:
    """What axe has against a page."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    bad = [(v["id"], n["html"][:150], n["any"][:1]) for v in found.response["violations"] for n in v["nodes"]]
    return "\n".join(map(str, bad))


def test_on_a_phone_nothing_is_wider_than_the_screen(shop, ben, pending, screens):
    handoff = desk.claim(wait(shop, text="x" * 300), actor=ben)
    page = screens(ben, viewport={"width": 360, "height": 740})
    for path in ("", f"{handoff.conversation_id}/", f"{pending.conversation_id}/"):
        page.goto(f"/admin/escalation/handoff/desk/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
