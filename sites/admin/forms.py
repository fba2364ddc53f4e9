"""How a site's choices of who has the first word, its own signals and its synonyms are typed: no JSON by hand."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from sites.choices import signals, synonyms
from sites.choices.needs import Need
from sites.choices.routes import First, Route, chosen

LABELS = {
    Route.LEGAL: "Legal threats",
    Route.PRIVACY: "Requests about personal data",
    Route.COMPLAINT: "Complaints",
    Route.NOTICE: "Formal notices",
}
WHO = [
    (First.ARTICLE.value, "An article that plainly answers; a person is offered"),
    (First.PERSON.value, "A person, always"),
]
SIGNALS_HELP = (
    "One a line. “fraud: sim swap” is a phrase, heard where these words stand next to each other; "
    "“fraud ~ my line went dead and then my bank logged me out” is an example, heard by its meaning. "
    f"The words before the sign: {', '.join(Need)}."
)
SYNONYMS_HELP = (
    "A group a line, with commas between: “delivery, shipping, postage”. Where the words of a message are compared "
    "with those of an article, the words of a group count as the same."
)


class LinesField(forms.CharField):
    """Rows of JSON, typed a line each, as a module (`kept`) reads and writes them."""

    widget = forms.Textarea(attrs={"rows": 8, "cols": 90, "spellcheck": "false"})
    kept: Any

    def prepare_value(self, value: Any) -> Any:
        """The rows as lines; what was typed and refused, as it was."""
        return self.kept.lines(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The rows that were typed. Raises ValidationError naming each line that is none."""
        try:
            return self.kept.read(str(value or ""))
        except (signals.SignalsError, synonyms.SynonymsError) as error:
            raise ValidationError(list(error.problems)) from error

    def validate(self, value: Any) -> None:
        """Nothing more: lines that can be read are rows, and none is none."""

    def run_validators(self, value: Any) -> None:
        """Those of plain text do not apply to rows."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other rows were typed, however they are spaced."""
        try:
            return bool(list(initial or ()) != self.kept.read(str(data or "")))
        except (signals.SignalsError, synonyms.SynonymsError):
            return True


class SignalsField(LinesField):
    """A site's own signals."""

    kept = signals


class SynonymsField(LinesField):
    """The words that count as the same on a site."""

    kept = synonyms


class FirstWordForm(forms.ModelForm):
    """The part of a site's form on routes, signals and synonyms: a select for each route, all kept in `routes`."""

    signals = SignalsField(required=False, label="Signals of its own", help_text=SIGNALS_HELP)
    synonyms = SynonymsField(required=False, help_text=SYNONYMS_HELP)
    legal = forms.ChoiceField(choices=WHO, required=False, label=LABELS[Route.LEGAL])
    privacy = forms.ChoiceField(choices=WHO, required=False, label=LABELS[Route.PRIVACY])
    complaint = forms.ChoiceField(choices=WHO, required=False, label=LABELS[Route.COMPLAINT])
    notice = forms.ChoiceField(choices=WHO, required=False, label=LABELS[Route.NOTICE])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for route in Route:
            self.initial[route] = self.instance.routes.get(route, First.ARTICLE.value)

    def clean(self) -> dict[str, Any] | None:
        """The choices, put where they are kept; a form without one of them leaves it as it is."""
        cleaned = super().clean()
        kept = self.instance.routes
        self.instance.routes = chosen({r: self.cleaned_data.get(r) or kept.get(r, "") for r in Route})
        return cleaned

    @property
    def written(self) -> set[str]:
        """The names of the site's fields that were changed here."""
        changed = set(self.changed_data)
        return changed | ({"routes"} if changed.intersection(Route) else set())
