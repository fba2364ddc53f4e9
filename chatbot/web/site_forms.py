"""What is typed on "Your site": a few fields for a site that is not there yet, and who is let in."""

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError

from sites.choices import crisis
from sites.models import Role

LOCAL = "http://localhost:8000"


class FoundForm(forms.Form):
    """Who a new site is."""

    name = forms.CharField(max_length=120, label="What customers know you by")
    origin = forms.CharField(
        label="Your page",
        help_text="Where the chat may appear, as your browser shows it: https://www.example.com. More can follow.",
    )
    email = forms.EmailField(
        required=False, label="Where customers may write to", help_text="Shown when nobody is there."
    )
    country = forms.MultipleChoiceField(
        label="Where your customers live",
        help_text="For whom the emergency numbers are, which somebody in danger is told.",
    )
    timezone = forms.ChoiceField(label="Time zone", initial="Europe/London")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = sorted((each.name, code) for code, each in crisis.catalogue().items())
        self.fields["country"].choices = [(code, name) for name, code in known]  # type: ignore[attr-defined]
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        self.fields["timezone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]

    def clean_origin(self) -> str:
        """Only the part of an address that a browser tells us; a path that was copied along is left out."""
        typed = str(self.cleaned_data["origin"]).strip()
        url = urlsplit(typed if "://" in typed else f"https://{typed}")
        if url.scheme not in ("http", "https") or not url.netloc or url.username:
            raise ValidationError("This is no address of a page; it looks like https://www.example.com.")
        return f"{url.scheme}://{url.netloc}"


class PersonForm(forms.Form):
    """Who is let in, and as what."""

    who = forms.CharField(max_length=254, label="E-mail address", help_text="Or the name of somebody with an account.")
    role = forms.ChoiceField(
        choices=[
            (Role.CONTENT_OWNER.value, "Content owner: approves articles, is a second person"),
            (Role.RELEASE_OWNER.value, "Release owner: takes releases live"),
            (Role.AGENT.value, "Agent: talks to customers"),
            (Role.AUDITOR.value, "Auditor: reads the record"),
            (Role.ADMIN.value, "Administrator: all of it"),
        ]
    )
