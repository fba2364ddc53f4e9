"""SECRET_KEY is changed and nobody notices: what was made under the key of before counts while that one is named."""

import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from conversations import links
from sites.models.endpoints import Delivery, Endpoint
from sites.outside import webhooks
from tests.sites.door import app_of, code, inside, knock, person, site

pytestmark = pytest.mark.django_db
OLD, NEW = "the-key-of-before-" * 4, "the-key-of-now-" * 4


@pytest.fixture
def old(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    return settings


def rotate(settings, *, named: bool = True) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD] if named else []


def test_a_phone_goes_on_fitting_and_after_the_command_without_the_old_key_too(old, client):
    ada = person("ada")
    secret, _ = app_of(ada)
    rotate(old)
    call_command("rotate_secret_key")
    rotate(old, named=False)
    knock(client, "ada")
    client.post("/admin/sign-in/authenticate/", {"code": code(secret)})
    assert inside(client)


def test_without_the_command_the_phone_fits_no_more_once_the_old_key_is_gone(old):
    app_of(person("ada"))
    rotate(old, named=False)
    with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS is empty"):
        call_command("rotate_secret_key")
    old.SECRET_KEY_FALLBACKS = ["a-key-that-was-never-here"]
    with pytest.raises(CommandError, match="fit none of the keys"):
        call_command("rotate_secret_key")
    assert Authenticator.objects.exists()


def test_a_receiver_that_knows_the_secret_of_before_still_believes_what_it_is_told(old):
    endpoint = Endpoint.objects.create(site=site(), url="https://example.com/hook", nonce="n1")
    delivery = Delivery.objects.create(endpoint=endpoint, message_id="msg_1", kind="rating", body="{}")
    before = webhooks.secret_of(endpoint, "n1")
    rotate(old)
    signed = webhooks.headers(delivery, timezone.now())
    for secret in (before, webhooks.secret_of(endpoint, "n1")):
        Webhook(secret).verify("{}", signed)
    rotate(old, named=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(before).verify("{}", webhooks.headers(delivery, timezone.now()))


def test_links_in_mails_and_sessions_go_on(old, client):
    client.force_login(person("dan"))
    link = links.sign(uuid.uuid4(), first=1)
    rotate(old)
    assert links.read(link)
    assert inside(client)
    rotate(old, named=False)
    assert not links.read(link)
    assert inside(client)  # the session was signed anew as it came by
