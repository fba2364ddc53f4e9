"""No customer is spoken to half in one language: every catalog is whole, of one language, and fills in the same."""

import re

import pytest

from chatbot.decide.phrases.cues import wordlists
from chatbot.decide.screening.language import _identifier
from conversations.wording import Spoken, catalogs
from conversations.wording.catalogs import CATALOGS, FALLBACK, LANGUAGES, MIRRORED, UNSERVED, named

WHOLE = sorted(CATALOGS.keys() - {FALLBACK, MIRRORED})
ALIKE = {"widget.region": "Chat"}
"""Lines that are the same in English, as they are a word of both languages."""


def words(line: str) -> list[str]:
    """The words of a line without what is filled in."""
    return re.findall(r"[^\W\d_]+", re.sub(r"\$\w+", " ", line).casefold())


def foreign(tag: str, lines: dict[str, str]) -> list[str]:
    """The keys of lines that are not in the language of their catalog: as English, as identified, or with its words."""
    lists = wordlists("languages")
    english = lists["en"] - lists[tag] - {"an", "am", "in", "so", "was", "will", "all"}
    return [
        key
        for key, line in lines.items()
        if not key.startswith((LANGUAGES, "date.", "tool.leaves"))
        and (
            (line == CATALOGS[FALLBACK][key] and ALIKE.get(key) != line and words(line))
            or not english.isdisjoint(words(line))
            or (len(words(line)) >= 4 and _identifier().classify(re.sub(r"\$\w+", "", line))[0] != tag)
        )
    ]


def test_german_is_whole() -> None:
    assert "de" in WHOLE


@pytest.mark.parametrize("tag", WHOLE)
def test_a_catalog_has_every_line_with_the_same_to_fill_in_and_none_in_another_language(tag: str) -> None:
    lines = dict(CATALOGS[tag])
    assert {key for key in CATALOGS[FALLBACK] if not key.startswith(LANGUAGES)} <= lines.keys()
    differing = [key for key, line in CATALOGS[FALLBACK].items() if key in lines and named(line) ^ named(lines[key])]
    assert {key for key in differing if (named(lines[key]) ^ named(CATALOGS[FALLBACK][key])) - {"human"}} == set()
    assert foreign(tag, lines) == []


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("thanks", "You're welcome. Is there anything else I can look up?"),
        ("paused", "Der Assistent is paused at the moment."),
        ("widget.latest", "Latest messages"),
        ("closed", "Cette conversation est terminée. Vous pouvez en commencer une autre."),
    ],
)
def test_a_line_in_another_language_is_found(key: str, line: str) -> None:
    assert foreign("de", {**CATALOGS["de"], key: line}) == [key]


def test_the_mirrored_locale_has_no_latin_letter_and_runs_from_right_to_left() -> None:
    left = {key for key, line in CATALOGS[MIRRORED].items() if re.search("[A-Za-z]", re.sub(r"\$\w+", "", line))}
    assert {key for key in left if not key.startswith("date.")} == set()
    assert Spoken("ar-XB").widget_language == MIRRORED


def test_the_one_sentence_in_other_languages_names_english_and_the_button() -> None:
    assert len(UNSERVED) >= 15
    assert all({"language", "human"} <= named(lines["language"]) for lines in UNSERVED.values())
    assert all(lines.get("language.en") for lines in UNSERVED.values())


def test_what_is_no_more_than_a_sentence_is_refused_as_one(tmp_path) -> None:
    (tmp_path / "da.yaml").write_text("language: Kun $language.\nthanks: Tak.\n", encoding="utf-8")
    with pytest.raises(catalogs.BadCatalog, match=r"da\.yaml: it has “language” and names only"):
        catalogs.load_unserved(tmp_path, CATALOGS[FALLBACK])
