"""The data policy of a site in the admin: days and boxes to tick. Every change is an entry in the chain."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest

from sites.admin.scoped import SiteScopedAdmin
from sites.choices import on_record
from sites.masking.kinds import Kind
from sites.models.policy import DataPolicy

DAYS = ("anonymous", "verified", "with_people", "unanswered")
PLACES = ("stored", "lists", "webhooks")
FILES = "files"


class DataPolicyForm(forms.ModelForm):
    """Kinds are ticked, each place for itself; cards are masked in any case."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place in PLACES:
            if place in self.fields:
                self.fields[place] = forms.MultipleChoiceField(
                    choices=[choice for choice in Kind.choices if choice[0] != Kind.CARD],
                    widget=forms.CheckboxSelectMultiple,
                    required=False,
                    initial=self.fields[place].initial,
                    label=(self.fields[place].label or place).capitalize(),
                    help_text="Payment cards always are.",
                )

    def clean_files(self) -> bool:
        """Files are taken where something looks at them first."""
        wanted = bool(self.cleaned_data["files"])
        if wanted and not settings.HANDRAIL_SCAN:
            raise forms.ValidationError("Set HANDRAIL_SCAN first: without a scanner no file is taken.")
        return wanted


@admin.register(DataPolicy)
class DataPolicyAdmin(SiteScopedAdmin):
    """A row a site; without one the defaults count. Taking the row away is going back to them."""

    form = DataPolicyForm
    list_display = ("site", *DAYS)
    fieldsets = (
        (None, {"fields": ("site",)}),
        (
            "How long words are kept",
            {"fields": DAYS, "description": "In days; 0 keeps them for good. That something happened stays."},
        ),
        (
            "What is masked",
            {
                "fields": PLACES,
                "description": "From the next message on; what is masked in what is kept is gone for good.",
            },
        ),
        ("What customers may send besides words", {"fields": (FILES,)}),
    )

    def save_model(self, request: HttpRequest, obj: DataPolicy, form: Any, change: bool) -> None:
        """The chain says who set what, and what it was."""
        before = on_record.values(DataPolicy.objects.filter(pk=obj.pk).first(), (*DAYS, *PLACES, FILES))
        super().save_model(request, obj, form, change)
        self._note(request, obj, before, on_record.values(obj, (*DAYS, *PLACES, FILES)))

    def delete_model(self, request: HttpRequest, obj: DataPolicy) -> None:
        """Back to the defaults."""
        self._note(request, obj, on_record.values(obj, (*DAYS, *PLACES)), {})
        super().delete_model(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one: what is taken away in bulk would pass the chain by."""
        return {}

    def _note(self, request: HttpRequest, obj: DataPolicy, before: dict[str, Any], after: dict[str, Any]) -> None:
        on_record.note(obj.site_id, "data_policy", before, after, actor=request.user.get_username())
