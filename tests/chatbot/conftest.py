"""People at the staff's pages of the bot: a browser for each, and Eve, who owns another site."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sites.access.roles import grant
from sites.models import Role, Site


@pytest.fixture
def eve(db) -> User:
    """A content owner of another site, with nothing to seek on the sample's."""
    eve = User.objects.create_user("eve")
    grant(eve, Site.objects.create(slug="evil", name="Evil"), Role.CONTENT_OWNER)
    return eve


def login(user: User) -> Client:
    """A browser in which somebody has signed in."""
    client = Client()
    client.force_login(user)
    return client
