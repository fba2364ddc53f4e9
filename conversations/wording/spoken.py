"""What a site says in fixed wording: every line is asked of one of these."""

import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from string import Template
from typing import Literal, Self

from django.utils import dateformat, translation

from conversations.wording import catalogs
from conversations.wording.catalogs import ANYWHERE, CORE, FALLBACK, LANGUAGES, UNDERSTOOD, named
from sites.models import Site

WIDGET = "widget."
HUMAN = "widget.human"
READ = LANGUAGES + UNDERSTOOD
"""How the language is called in which questions are read."""
ON_THE_WIDGET = {"core": "disclosure", "looking": "looking"}
"""Words that the widget has in common with the bot."""
BEFORE = frozenset(
    re.findall(
        r"\w+",
        """
        core launch open unread title region close human log bot offline ask write send sending unsent edit latest
        looking joining lost asked will_ask away contact later retry refused long wrong end sure complain dismiss
        email suggestions privacy unkept waiting closed you assistant
        """,
    )
)
"""Words of the widget that may be read before there is a connection: they come with its script, the others after."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of one site: its own line where it has one, else its locale's; where that has no file, the English one.

    `added`: what follows the disclosure.
    """

    locale: str = FALLBACK
    overrides: Mapping[str, str] = field(default_factory=dict)
    added: str = ""

    @classmethod
    def of(cls, site: Site) -> Self:
        """What customers of a site read now."""
        words = site.spoken
        return cls(words.locale, words.wording, words.disclosure)

    def say(self, key: str, **values: str) -> str:
        """One line; `values` fill its `$names`. Raises KeyError on a bad key."""
        return Template(self._line(key)).safe_substitute(values, human=self._line(HUMAN))

    def join(self, key: Literal["or", "and"], items: Sequence[str]) -> str:
        """Items as one text, each joined to what follows."""
        return functools.reduce(lambda other, one: self.say(key, one=one, other=other), reversed(items))

    def when(self, form: str, value: date) -> str:
        """A day or a time as the line `date.FORM` has it, with the names of the language that line is in."""
        tag, line = self._found(f"date.{form}")
        with translation.override(tag):
            return dateformat.format(value, line)

    def unserved(self, spoken: str) -> str:
        """What is said to somebody who writes in a language that the assistant does not read: in it where it can be.

        On a site of their language they are told that its people read it; elsewhere nobody knows that.
        """
        theirs = _primary(spoken)
        if theirs == _primary(self.locale) and self.language_of("language_own") != FALLBACK:
            return self.say("language_own", language=self._line(READ))
        lines = catalogs.UNSERVED.get(theirs) or catalogs.CATALOGS.get(theirs)
        if lines is None:
            return self.say("language", language=self._line(READ))
        label = self._line(HUMAN)  # of the button they see
        return Template(lines["language"]).safe_substitute(language=lines.get(READ, self._line(READ)), human=label)

    def language_of(self, key: str) -> str:
        """The locale that a line is in."""
        return self._found(key)[0]

    @property
    def disclosure(self) -> dict[str, str]:
        """The fixed core, then what the site adds, with the version that is stored beside each conversation."""
        text = f"{self.say('disclosure')} {self.added.strip()}".strip()
        return {"text": text, "version": hashlib.sha256(text.encode()).hexdigest()[:12]}

    @property
    def lines(self) -> dict[str, str]:
        """Every line by key, with its `$names` still to be filled in."""
        return {key: self.say(key) for key in catalogs.CATALOGS[FALLBACK]}

    @property
    def untranslated(self) -> list[str]:
        """The keys of the lines that are said in English to who reads another language: none, or nearly all."""
        if _primary(self.locale) == FALLBACK:
            return []
        return [key for key in catalogs.CATALOGS[FALLBACK] if self._found(key)[0] == FALLBACK]

    @property
    def widget(self) -> dict[str, str]:
        """The widget's own words, with its marks for what it fills in: {name}."""
        keys = {key.removeprefix(WIDGET): key for key in catalogs.CATALOGS[FALLBACK] if key.startswith(WIDGET)}
        return {word: self._marked(key) for word, key in (keys | ON_THE_WIDGET).items()}

    @property
    def widget_language(self) -> str:
        """The locale that the widget's words are in: the one of the button that leads to a person."""
        return self.language_of(HUMAN)

    @property
    def before(self) -> dict[str, str]:
        """Those of the widget's words that come with its script."""
        return {word: line for word, line in self.widget.items() if word in BEFORE}

    @property
    def after(self) -> dict[str, str]:
        """Those of the widget's words that do not come with its script, or in English only."""
        return {word: line for word, line in self.widget.items() if line != _with_the_script().get(word)}

    def _marked(self, key: str) -> str:
        return self.say(key, **{name: f"{{{name}}}" for name in named(self._line(key)) - ANYWHERE})

    def _line(self, key: str) -> str:
        return self._found(key)[1]

    def _found(self, key: str) -> tuple[str, str]:
        """A line and the locale it is in. Raises KeyError."""
        if key not in CORE and (line := self.overrides.get(key)):
            return self.locale, line
        tag = next((tag for tag in self._tags if key in catalogs.CATALOGS[tag]), FALLBACK)
        return tag, catalogs.CATALOGS[tag][key]

    @property
    def _tags(self) -> tuple[str, ...]:
        """The files to look in, nearest first."""
        near = (self.locale.lower(), _primary(self.locale), FALLBACK)
        return tuple(tag for tag in near if tag in catalogs.CATALOGS)


@functools.cache
def _with_the_script() -> Mapping[str, str]:
    return Spoken().before


def _primary(locale: str) -> str:
    """The language of a locale: `pt` of `pt-BR`."""
    return locale.lower().replace("_", "-").partition("-")[0]
