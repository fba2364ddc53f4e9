"""Staff at the door, in a real browser: invited, with an app, a passkey, a sign-in provider, and with a lost phone."""

import re
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from config.run import PASSWORD
from tests.identity_provider import CLIENT, SECRET, Provider
from tests.journeys.alone import DOOR, with_tables
from tests.journeys.stage import Stage
from tests.journeys.test_accessible import wrong
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
OWN = "seven-green-herons"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PEOPLE = {
    "hedy": {"email": "hedy@example.com", "email_verified": True, "groups": ["support"]},
    "eve": {"email": "eve@example.com", "email_verified": True, "groups": ["canteen"]},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider(PEOPLE) as running:
        yield running


@pytest.fixture(scope="module")
def served(homes: Path, provider: Provider) -> Iterator[Server]:
    """A door that asks agents for a second factor; browsers know it as localhost, for a passkey needs a name."""
    home = homes / "door"
    env = {
        "HANDRAIL_SECOND_FACTOR": "agent",
        "EMAIL_URL": f"filemail:///{home}/mail",
        "HANDRAIL_OIDC_ISSUER": provider.url,
        "HANDRAIL_OIDC_CLIENT_ID": CLIENT,
        "HANDRAIL_OIDC_SECRET": SECRET,
        "HANDRAIL_OIDC_NAME": "Example ID",
        "HANDRAIL_OIDC_GROUPS": '{"support": {"fernway": "agent"}}',
        "HANDRAIL_OIDC_SECOND_FACTOR": "provider",
    }
    server = Server(with_tables(home), env, module=DOOR).start()
    yield server
    server.stop()


@pytest.fixture
def door(browser: Browser, served: Server) -> Iterator[Stage]:
    opened = Stage(browser, served, {})
    yield opened
    opened.close()
    assert not opened.unforeseen  # a script or style against the page's policy would be one


def visit(door: Stage, path: str = "/admin/", **options: object) -> Page:
    page = door.context(**options).new_page()
    page.goto(f"http://localhost:{door.server.port}{path}")
    return page


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def mailed(door: Stage, to: str) -> str:
    """The link in the newest mail to an address, as a path."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for file in sorted((door.server.home / "mail").glob("*"), key=lambda path: path.stat().st_mtime, reverse=True):
            mail = message_from_bytes(file.read_bytes())
            if mail["To"] == to:
                return re.search(r"(/admin/invitation/\S+)", mail.get_payload(decode=True).decode())[1]
        time.sleep(0.2)
    raise AssertionError(f"no mail to {to}")


def digits(secret: str, ahead: int = 0) -> str:
    """What an app shows, so many half minutes from now; a code that was used is not taken again."""
    from allauth.mfa.totp.internal import auth

    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + ahead))


def set_up_app(page: Page) -> tuple[str, list[str]]:
    """From the page that asks for a second factor to the front page; the app's secret, and the recovery codes."""
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_text("Cannot scan it?").click()
    secret = page.locator("code.secret").inner_text()
    page.get_by_label("Code").fill(digits(secret))
    page.get_by_role("button", name="Done").click()
    listed = page.get_by_role("list", name="Unused codes").locator("li")
    expect(listed).to_have_count(10)
    codes = listed.all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    return secret, codes


def here(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=f"Good to see you, {name}")).to_be_visible()


def test_from_an_invitation_to_a_password_to_an_app_and_through_a_lost_phone_twice(door: Stage) -> None:
    anna = visit(door)
    log_in(anna, "anna")
    anna.get_by_role("link", name="People").click()
    anna.get_by_label("E-mail address").fill("grace@example.com")
    anna.get_by_role("button", name="Invite").click()
    expect(anna.locator(".messagelist")).to_contain_text("on its way to grace@example.com")
    link = mailed(door, "grace@example.com")

    grace = visit(door, link)
    expect(grace.get_by_role("heading", name="Fernway Outdoor invites you")).to_be_visible()
    grace.get_by_label("Your name").fill("Grace")
    grace.get_by_label("A password").fill("a")
    grace.get_by_label("The same again").fill("a")
    grace.get_by_role("button", name="Come in").click()
    expect(grace.locator(".errorlist")).to_contain_text("too short")
    grace.get_by_label("A password").fill(OWN)
    grace.get_by_label("The same again").fill(OWN)
    grace.get_by_role("button", name="Come in").click()
    asked = grace.get_by_role("heading", name="One more thing before you go on")
    expect(asked).to_be_visible()
    grace.goto(f"http://localhost:{door.server.port}/admin/escalation/handoff/desk/")
    expect(asked).to_be_visible()
    secret, codes = set_up_app(grace)
    here(grace, "Grace")

    log_out(grace)
    log_in(grace, "grace@example.com", OWN)
    grace.get_by_label("Code").fill("000000")
    grace.get_by_role("button", name="Go on").click()
    expect(grace.locator(".errorlist")).to_contain_text("Incorrect code")
    grace.get_by_label("Code").fill(digits(secret, 1))
    grace.get_by_role("button", name="Go on").click()
    here(grace, "Grace")
    again = visit(door, link)
    expect(again.get_by_text("This link has been used")).to_be_visible()

    door.foresee("403")  # the link that was used
    log_out(grace)  # the phone is gone: a recovery code
    log_in(grace, "grace", OWN)
    grace.get_by_label("Code").fill(codes[3])
    grace.get_by_role("button", name="Go on").click()
    here(grace, "Grace")

    anna.reload()  # and the codes too: an administrator
    line = anna.locator(".folk li", has_text="grace@example.com")
    line.get_by_text("Lost device").click()
    line.get_by_label("Why").fill("Her phone is in the lake")
    line.get_by_role("button", name="Take the second factor away").click()
    expect(anna.locator(".messagelist")).to_contain_text("grace sets up a new one")
    grace.reload()
    log_in(grace, "grace", OWN)
    expect(asked).to_be_visible()


def test_with_a_passkey_as_the_second_factor_and_then_alone(door: Stage) -> None:
    ben = visit(door)
    cdp = ben.context.new_cdp_session(ben)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    log_in(ben, "ben")
    ben.get_by_role("link", name="Add a passkey").click()
    ben.get_by_label("What you call it").fill("This laptop")
    ben.get_by_role("button", name="Add it").click()
    ben.get_by_role("link", name="I have kept them").click()
    here(ben, "Ben")

    log_out(ben)
    log_in(ben, "ben")
    expect(ben.get_by_role("heading", name="Second factor")).to_be_visible()
    ben.get_by_role("button", name="Use a passkey").click()
    here(ben, "Ben")

    log_out(ben)
    ben.get_by_role("button", name="Use a passkey").click()
    here(ben, "Ben")
    ben.get_by_role("link", name="Your sign-in").click()
    ben.get_by_role("link", name="Your passkeys").click()
    expect(ben.get_by_role("cell", name="This laptop")).to_be_visible()


def test_by_the_sign_in_provider_comes_who_is_mapped_and_nobody_else(door: Stage) -> None:
    hedy = visit(door, "/admin/login/?next=/admin/sign-in/sessions/")
    hedy.get_by_role("link", name="Go on with Example ID").click()
    hedy.get_by_role("link", name="hedy").click()
    expect(hedy.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    hedy.get_by_role("link", name="Handrail").click()
    here(hedy, "Hedy")

    eve = visit(door)
    eve.get_by_role("link", name="Go on with Example ID").click()
    eve.get_by_role("link", name="eve").click()
    expect(eve.get_by_text("Nobody has invited you")).to_be_visible()
    eve.goto(f"http://localhost:{door.server.port}/admin/")
    expect(eve.get_by_role("heading", name="Log in")).to_be_visible()
    door.foresee("403")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_pages_of_the_sign_in(door: Stage, scheme: str) -> None:
    page = visit(door, color_scheme=scheme, reduced_motion="reduce")
    found = {"log in": wrong(page)}
    log_in(page, "anna", "wrong-wrong-wrong")
    page.wait_for_load_state()
    found["log in, refused"] = wrong(page)
    log_in(page, "anna")
    for path in (
        "sign-in/",
        "sign-in/totp/activate/",
        "sign-in/webauthn/add/",
        "password_change/",
        "sign-in/sessions/",
    ):
        page.goto(f"http://localhost:{door.server.port}/admin/{path}")
        found[path] = wrong(page)
    page.goto(f"http://localhost:{door.server.port}/admin/handrail_sites/membership/people/")
    found["people"] = wrong(page)
    assert {where: what for where, what in found.items() if what} == {}
