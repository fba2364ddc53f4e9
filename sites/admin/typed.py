"""Fields of a site that are kept as JSON and typed as what they are: a week, a contact, minutes, names, lines. No JSON.

Law of the room: what is shown and left alone comes back the same; what was left empty is not kept at all.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError

from sites.choices import hours, patience
from sites.people.founding import DUTIES

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OWNED: Mapping[str, str] = {
    "release": "Releases: what may be answered at all",
    "sources": "Articles",
    "answers": "Answers: looking at what was said",
    "customers": "Customers: writing to them",
    "incidents": "Incidents: stopping it",
    "deputy": "Standing in for whoever is gone",
    "legal": "The law (signs on the checklist)",
    "security": "Security (signs on the checklist)",
}
assert set(DUTIES) < set(OWNED)
WAITED: Mapping[str, str] = {
    "notify": "Minutes until the owners of answers and customers are told (5)",
    "widen": "Minutes until everybody at the desk is told (10)",
    "call_back": "Minutes until the customer is offered to be called back (15)",
    "mail": "Who else is told: addresses with commas between",
}


class NamedWidget(forms.MultiWidget):
    """Several inputs, each under its own label."""

    template_name = "sites/named.html"

    def __init__(self, labels: Mapping[str, str], longer: Sequence[str] = (), attrs: Any = None) -> None:
        area = forms.Textarea(attrs={"rows": 4, "cols": 60})
        self.labels = labels
        super().__init__({key: area if key in longer else forms.TextInput() for key in labels}, attrs)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """With the label of each input."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        for shown, label in zip(context["widget"]["subwidgets"], self.labels.values(), strict=True):
            shown["label"] = label
        return context

    def decompress(self, value: Any) -> list[str]:
        """Each part as it is typed."""
        held = value if isinstance(value, Mapping) else {}
        return [self.typed(key, held.get(key)) for key in self.labels]

    def typed(self, key: str, value: Any) -> str:
        """One part as it is typed."""
        return ", ".join(value) if isinstance(value, list) else str("" if value is None else value)


class NamedField(forms.MultiValueField):
    """A mapping of names, each typed by itself; what is empty is left out."""

    widget_class = NamedWidget
    longer: tuple[str, ...] = ()

    def __init__(self, labels: Mapping[str, str], **kwargs: Any) -> None:
        self.names = tuple(labels)
        parts = [forms.CharField(required=False, max_length=4000) for _ in labels]
        widget = self.widget_class(labels, self.longer)
        super().__init__(parts, widget=widget, required=False, require_all_fields=False, **kwargs)

    def compress(self, data_list: Sequence[Any]) -> dict[str, Any]:
        """What was typed, as it is kept. Raises ValidationError."""
        typed = zip(self.names, data_list or (), strict=False)
        return {name: self.kept(name, text.strip()) for name, text in typed if text and text.strip()}

    def kept(self, name: str, text: str) -> Any:
        """One part as it is kept. Raises ValidationError."""
        return text


class ContactField(NamedField):
    """How else customers reach people."""

    longer = ("text",)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__({"email": "E-mail address", "phone": "Phone", "text": "A sentence about it"}, **kwargs)


class OwnersField(NamedField):
    """Who answers for what, by user name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(OWNED, **kwargs)


class WeekWidget(NamedWidget):
    """A week of opening hours, and the days that are none like it."""

    def typed(self, key: str, value: Any) -> str:
        """Holidays a line each."""
        if key == "holidays" and isinstance(value, Mapping):
            return "\n".join(f"{day}: {', '.join(spans) or 'closed'}" for day, spans in value.items())
        return super().typed(key, value)


class WeekField(NamedField):
    """When people are there: a line for each day. All of it empty: always."""

    widget_class = WeekWidget
    longer = ("holidays",)

    def __init__(self, **kwargs: Any) -> None:
        days = dict(zip(hours.DAYS, DAYS, strict=True))
        labels = {**days, "holidays": "Other days, one a line: 2026-12-25: closed, or 2026-12-24: 09:00-12:00"}
        super().__init__(labels, **kwargs)

    def kept(self, name: str, text: str) -> Any:
        """The spans of a day, or of each holiday."""
        return dict(map(_holiday, filter(str.strip, text.splitlines()))) if name == "holidays" else _spans(text)

    def clean(self, value: Any) -> Any:
        """Hours that can be read."""
        week = super().clean(value) or {}
        try:
            hours.parse(week)
        except hours.HoursError as error:
            raise ValidationError(str(error)) from error
        return week


class PatienceField(NamedField):
    """After how long somebody is told of a customer who waits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(WAITED, **kwargs)

    def kept(self, name: str, text: str) -> Any:
        """Whole minutes, or addresses."""
        if name == "mail":
            return [each.strip() for each in text.split(",") if each.strip()]
        if not (text.isascii() and text.isdecimal() and len(text) < 7):
            raise ValidationError(f"“{text[:40]}” is no number of minutes.")
        return int(text)

    def clean(self, value: Any) -> Any:
        """Minutes and addresses that can be read."""
        given = super().clean(value) or {}
        try:
            patience.parse(given)
        except patience.PatienceError as error:
            raise ValidationError(str(error)) from error
        return given


class LinesOfText(forms.CharField):
    """A list of texts or a mapping of them, typed a line each."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 90, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """The lines; what was typed and refused, as it was."""
        if isinstance(value, Mapping):
            return "\n".join(f"{key}: {text}" for key, text in value.items())
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """What the lines say. Raises ValidationError."""
        return self.read([line.strip() for line in str(value or "").splitlines() if line.strip()])

    def validate(self, value: Any) -> None:
        """Nothing more."""

    def run_validators(self, value: Any) -> None:
        """Those of plain text do not apply."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other lines were typed."""
        try:
            return bool((initial or self.read([])) != self.to_python(data))
        except ValidationError:
            return True

    def read(self, lines: list[str]) -> Any:
        """What the lines say. Raises ValidationError."""
        return lines


class OriginsField(LinesOfText):
    """Pages on which the widget may open, each as scheme and host."""

    def read(self, lines: list[str]) -> Any:
        """Addresses without a path."""
        for line in lines:
            url = urlsplit(line)
            if url.scheme not in ("http", "https") or not url.netloc or url.path.strip("/") or url.username:
                raise ValidationError(f"“{line[:120]}” is no origin; write it like https://www.example.com")
        return lines


class WordingField(LinesOfText):
    """Lines of fixed wording that a site says in its own words: the line's name, a colon, the words."""

    def read(self, lines: list[str]) -> Any:
        """The words by name."""
        if wrong := next((line for line in lines if not re.match(r"[\w.-]+:\s*\S", line)), None):
            raise ValidationError(f"“{wrong[:80]}” is not written like decline: We cannot help with that here.")
        return {name: words.strip() for name, _, words in (line.partition(":") for line in lines)}


def _spans(text: str) -> list[str]:
    return [] if text.casefold() == "closed" else [re.sub(r"\s*[-–]\s*", "-", each.strip()) for each in text.split(",")]


def _holiday(line: str) -> tuple[str, list[str]]:
    day, _, spans = line.partition(":")
    try:
        return date.fromisoformat(day.strip()).isoformat(), _spans(spans.strip())
    except ValueError as error:
        raise ValidationError(f"“{day.strip()[:40]}” is no day; write it like 2026-12-25: closed") from error
