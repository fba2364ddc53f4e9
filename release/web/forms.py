"""A scenario as it is typed: messages, what must come of the last one, what must and must not be said. No JSON.

Law of the room: what the form does not know of a scenario, and what nobody touched, stays as it was written.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from conversations.outcomes import Outcome
from knowledge.models import Category
from release.models import Scenario
from release.scenarios import repeats, written

ANY, NOTHING = "", "-"
OUTCOMES = [
    (Outcome.ANSWER.value, "answered"),
    (Outcome.DRAFT.value, "an answer that waits for an agent"),
    (Outcome.CLARIFY.value, "asked back"),
    (Outcome.DECLINE.value, "declined"),
    (Outcome.HANDOFF.value, "handed to a person"),
    (Outcome.COURTESY.value, "a courtesy"),
]
PATTERN = "One a line; a regular expression, so plain words do too."
LISTS = ("outcome", "cites", "says", "never")
AREA = {"rows": 3, "cols": 80}


class ScenarioForm(forms.ModelForm):
    """Refuses what the gate could not run, where it is typed."""

    slug = forms.CharField(
        label="Name", max_length=written.LONGEST_ID, help_text="Of its own on this site: returns-late."
    )
    turns = forms.CharField(
        label="What the customer writes",
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        help_text="Several messages with an empty line between them; the last one is judged.",
    )
    outcome = forms.MultipleChoiceField(
        label="What must become of it", choices=OUTCOMES, required=False, widget=forms.CheckboxSelectMultiple
    )
    category = forms.CharField(
        label="Taken for",
        required=False,
        help_text="The short name of a category; a single - where it must be taken for none; empty: for any.",
    )
    cites = forms.CharField(
        label="Must quote one of", required=False, widget=forms.Textarea(attrs=AREA), help_text="Articles, one a line."
    )
    says = forms.CharField(
        label="Must be said", required=False, strip=False, widget=forms.Textarea(attrs=AREA), help_text=PATTERN
    )
    never = forms.CharField(
        label="Must not be said", required=False, strip=False, widget=forms.Textarea(attrs=AREA), help_text=PATTERN
    )
    audience = forms.CharField(
        required=False, max_length=60, help_text="Asked by a signed-in customer of this audience; empty: by anybody."
    )
    tags = forms.CharField(required=False, help_text="With commas between them; they sort what the gate reports.")

    class Meta:
        model = Scenario
        fields = ("site", "file")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in _typed(self.instance.body or {}).items():
            self.initial.setdefault(name, value)

    def clean(self) -> dict[str, Any]:
        """A scenario that can be run, that the site does not have yet, and that asks more than an example says."""
        cleaned: dict[str, Any] = super().clean() or {}
        site = self.instance.site if self.instance.pk else cleaned.get("site")
        body = _body(self.instance.body or {}, cleaned, set(self.changed_data) if self.instance.pk else None)
        _, wrong = written.parse(json.dumps(body))
        if wrong:
            raise forms.ValidationError(wrong)
        if site is not None:
            self._fits(site, body)
        self.instance.body = body
        return cleaned

    def _fits(self, site: Any, body: Mapping[str, Any]) -> None:
        """Raise ValidationError for what this very site cannot take."""
        if repeating := repeats.against(site, body):
            raise forms.ValidationError(f"{repeating}.")
        if Scenario.objects.filter(site=site, slug=body["id"]).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(f"The site has a scenario “{body['id']}” already.")
        wanted = body.get("expect", {}).get("category")
        if wanted and not Category.objects.filter(site=site, slug=wanted).exists():
            known = ", ".join(Category.objects.filter(site=site, retired=False).values_list("slug", flat=True))
            raise forms.ValidationError(f"The site has no category “{wanted}”; it has {known or 'none yet'}.")


def _typed(body: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario as its form shows it."""
    expect = body.get("expect", {})
    category = expect.get("category", ANY)
    return {
        "slug": body.get("id", ""),
        "turns": "\n\n".join(body.get("turns", [])),
        "outcome": expect.get("outcome", []),
        "category": NOTHING if category is None else category,
        **{name: "\n".join(expect.get(name, [])) for name in LISTS[1:]},
        "audience": body.get("audience", ""),
        "tags": ", ".join(body.get("tags", [])),
    }


def _body(before: Mapping[str, Any], typed: Mapping[str, Any], changed: set[str] | None) -> dict[str, Any]:
    """The scenario that was typed; of one that was there, only what was changed (None: everything)."""
    body, expect = dict(before), dict(before.get("expect", {}))
    new = {
        "id": typed.get("slug", ""),
        "turns": [each.strip() for each in re.split(r"\r?\n\s*\r?\n", typed.get("turns", "")) if each.strip()],
        "audience": typed.get("audience", ""),
        "tags": [each.strip() for each in typed.get("tags", "").split(",") if each.strip()],
    }
    for name, value in new.items():
        if changed is None or {"id": "slug"}.get(name, name) in changed:
            _put(body, name, value)
    for name in LISTS:
        if changed is None or name in changed:
            _put(expect, name, _lines(typed.get(name, "")))
    if changed is None or "category" in changed:
        expect.pop("category", None)
        if wanted := typed.get("category", ANY):
            expect["category"] = None if wanted == NOTHING else wanted
    _put(body, "expect", expect)
    return body


def _put(held: dict[str, Any], name: str, value: Any) -> None:
    """Keep a value; what is empty is not written."""
    if value:
        held[name] = value
    else:
        held.pop(name, None)


def _lines(value: str | Sequence[str]) -> list[str]:
    return [line for line in value.splitlines() if line.strip()] if isinstance(value, str) else list(value)
