"""Nothing is typed as JSON: no form of the admin that somebody may fill in has a box for it."""

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory

pytestmark = pytest.mark.django_db


def test_no_form_of_the_admin_asks_for_json() -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("root")
    boxes = []
    for model, page in admin.site._registry.items():
        own = type(page).add_view is not admin.ModelAdmin.add_view  # its page has a form of its own
        if not own and (page.has_add_permission(request) or page.has_change_permission(request)):
            found = page.get_form(request)().fields.items()
            boxes += [f"{model.__name__}.{name}" for name, field in found if isinstance(field, forms.JSONField)]
    assert boxes == []
