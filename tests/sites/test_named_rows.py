"""The rows of a form's table name their fields, so that who cannot see the column's heading knows what is asked."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from sites.access.roles import grant
from sites.models import Role

pytestmark = pytest.mark.django_db


def test_each_field_of_the_memberships_on_a_sites_page_has_a_name(fernway, people) -> None:
    grant(people["cleo"], fernway, Role.CONTENT_OWNER)
    client = Client()
    client.force_login(people["admin"])
    page = client.get(reverse("admin:handrail_sites_site_change", args=[fernway.pk])).content.decode()
    fields = re.findall(r"<(?:select|input|textarea)\b[^>]*\bname=\"memberships-(?:\d+|__prefix__)-[^>]*>", page)
    visible = [field for field in fields if 'type="hidden"' not in field]
    assert len(visible) >= 3
    unnamed = [field for field in visible if "aria-label=" not in field]
    assert unnamed == []
