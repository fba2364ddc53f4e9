"""What a site says in fixed wording: every line is asked of one of these."""

import functools
import hashlib
import json
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
        core launch open title region close human log bot offline ask write send sending unsent joining lost will_ask
        away contact later retry refused long dismiss privacy unkept
        """,
    )
)
"""Words of the widget that may be read before there is a connection: they come with its script, wherever it is."""
LATER = frozenset(
    re.findall(
        r"\w+",
        """
        loud mute yes no thanks fault beside false unclear queue email why absent known save another leave stay rate
        bad good comment read what file cancel filed attach upload blind consent agree popout past back anew current
        ongoing done keep post posted empty end sure sofar
        """,
    )
)
"""Words that only the widget's second file says: they come with it."""
VERSION = "version"
"""By this word the widget tells which words it has."""


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
        """Those of the widget's words that come with its script where the page names no site in its address."""
        return {word: line for word, line in self.widget.items() if word in BEFORE}

    @property
    def first(self) -> dict[str, str]:
        """All that the widget says, but for what its second file brings as it is said here; and their version."""
        return self._first(self.widget)

    def unheld(self, version: str | None) -> dict[str, str]:
        """The words to send to a widget that has those of a version: none of the present one, all of another.

        "" has what came with a script that knew no site, and None is a widget that does not say what it has.
        """
        widget = self.widget
        present = _version(widget)
        if version == present[VERSION]:
            return {}
        if version == "":
            return {word: line for word, line in self._first(widget).items() if line != _with_the_script().get(word)}
        return widget | present

    def _first(self, widget: Mapping[str, str]) -> dict[str, str]:
        brought = with_the_second().get(self.widget_language, {})
        return {word: line for word, line in widget.items() if brought.get(word) != line} | _version(widget)

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
def with_the_second() -> Mapping[str, Mapping[str, str]]:
    """What the widget's second file brings, by language: no language of a site's own, so that it is one file."""
    tags = sorted(catalogs.CATALOGS.keys() - {catalogs.MIRRORED})
    return {tag: {word: line for word, line in Spoken(tag).widget.items() if word in LATER} for tag in tags}


@functools.cache
def _with_the_script() -> Mapping[str, str]:
    return Spoken().before


def _version(widget: Mapping[str, str]) -> dict[str, str]:
    """Of the words and of how they are dealt out: what is kept of one deal lacks what another has moved."""
    whole = json.dumps([widget, sorted(BEFORE), sorted(LATER)])
    return {VERSION: hashlib.sha256(whole.encode()).hexdigest()[:8]}


def _primary(locale: str) -> str:
    """The language of a locale: `pt` of `pt-BR`."""
    return locale.lower().replace("_", "-").partition("-")[0]
