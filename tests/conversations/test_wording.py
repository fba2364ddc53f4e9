"""A locale is a file: what one more of them changes, what is wrong in one, and who replaces a line."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from conversations.wording import ENGLISH, INSIDE, REPLACEABLE, Spoken, catalogs
from release.live import snapshot
from sites.models import Site
from tests.server import BASE

ROOMS = ("chatbot", "conversations", "escalation", "release", "tools")
DANISH = {
    "greeting": "Hej! Jeg er AI-assistenten hos $site. Hvad kan jeg slå op?",
    "not_grounded": "Jeg fandt ingen artikel, der svarer på det. Tryk på “$human”.",
    "language": "Jeg læser desværre kun $language her.",
    "language_own": "Jeg læser kun $language. Et menneske læser dansk: tryk på “$human”.",
    "language.en": "engelsk",
    "disclosure": "Du skriver med en AI-assistent, ikke et menneske.",
    "refused.rate_limited": "Det er mange beskeder. Vent $seconds sekunder.",
    "date.long": "l j. F Y",
    "or": "$one eller $other",
    "widget.human": "Tal med et menneske",
    "widget.queue": "Du er nummer $n i køen.",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped files in a folder of their own, with a Danish one beside them."""
    for path in Path(catalogs.__file__).parent.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    danish = {**catalogs.CATALOGS["en"], **DANISH}
    (tmp_path / "da.yaml").write_text(yaml.safe_dump(danish, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(catalogs, "CATALOGS", catalogs.load(tmp_path))
    return tmp_path


def test_one_more_file_is_one_more_language_for_every_kind_of_line(folder: Path) -> None:
    danish = Spoken("da-DK", added="Fernway svarer.")
    assert danish.say("greeting", site="Fernway") == "Hej! Jeg er AI-assistenten hos Fernway. Hvad kan jeg slå op?"
    assert danish.join("or", ["Telte", "Støvler"]) == "Telte eller Støvler"
    assert danish.when("long", datetime(2026, 5, 4, tzinfo=UTC)) == "mandag 4. maj 2026"
    assert danish.disclosure["text"] == "Du skriver med en AI-assistent, ikke et menneske. Fernway svarer."
    assert danish.say("refused.rate_limited", seconds="9") == "Det er mange beskeder. Vent 9 sekunder."
    assert (danish.widget["queue"], danish.widget["core"]) == ("Du er nummer {n} i køen.", danish.say("disclosure"))


def test_a_locale_without_a_file_is_spoken_to_in_english_with_english_days(folder: Path) -> None:
    assert Spoken("fr").say("thanks") == Spoken("xx").say("thanks") == ENGLISH["thanks"]
    assert Spoken("fr").when("weekday", datetime(2026, 5, 4, tzinfo=UTC)) == "Monday"
    assert "thanks" in Spoken("fr").untranslated
    assert Spoken("en-GB").untranslated == Spoken("da").untranslated == Spoken("de_AT").untranslated == []


def test_whoever_writes_another_language_is_told_in_it_that_questions_are_read_in_english(folder: Path) -> None:
    assert Spoken("da").unserved("cy") == "Jeg læser desværre kun engelsk her."
    assert "nur Fragen auf Englisch" in Spoken("da").unserved("de")
    assert Spoken("fr").unserved("da") == "Jeg læser desværre kun engelsk her."
    assert (
        Spoken("da").unserved("da") == "Jeg læser kun engelsk. Et menneske læser dansk: tryk på “Tal med et menneske”."
    )


def test_a_german_site_says_that_its_people_read_german_and_another_promises_nothing() -> None:
    own, other = Spoken("de-AT").unserved("de"), Spoken("en").unserved("de")
    assert "Ein Mensch liest Ihre Nachricht auf Deutsch" in own
    assert "„Zu einem Menschen“" in own
    assert "auf Deutsch" not in other
    assert "„Talk to a human“" in other


def test_lines_name_the_button_as_the_widget_does(folder: Path) -> None:
    assert Spoken("da").say("not_grounded").endswith("Tryk på “Tal med et menneske”.")
    assert Spoken("da").unserved("fr").endswith("Avec « Tal med et menneske », vous joignez une personne.")
    assert "press “Ask Ben”" in Spoken("en", {"widget.human": "Ask Ben"}).say("not_grounded")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("greting: Hej!", "“greting” is no line of wording"),
        ("greeting: Hej!", "“greeting” lacks $site"),
        ("thanks: Selv tak.", "“disclosure” is missing, and "),
        ("thanks: Tak, $site!", "“thanks” has $site, which nothing fills in"),
        ("widget.queue: Nummer {n}.", "“widget.queue” lacks $n"),
        ("widget.no: no", "“widget.no” is no text"),
        ("thanks: ''", "“thanks” is no text"),
        ("[thanks]", "its lines are “key: words”"),
        ("thanks: 'Tak", "line 1"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_key(folder: Path, text: str, wrong: str) -> None:
    (folder / "da.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(catalogs.BadCatalog) as refused:
        catalogs.load(folder)
    assert f"{folder}/da.yaml" in str(refused.value)
    assert wrong in str(refused.value)


def test_a_site_replaces_any_line_but_the_disclosure() -> None:
    own = Spoken("en", dict.fromkeys(ENGLISH, "Ahoy."))
    assert {key for key, line in own.lines.items() if line != "Ahoy."} == {"disclosure"} == ENGLISH.keys() - REPLACEABLE
    assert own.disclosure == Spoken().disclosure


@pytest.mark.django_db
def test_a_site_and_its_release_speak_alike_and_a_new_locale_waits_for_the_next_release() -> None:
    own = {"thanks": "Cheers."}
    site = Site.objects.create(slug="shop", name="Fernway", locale="da", wording=own, disclosure="We are small.")
    frozen = snapshot.candidate(site)
    assert Spoken.of(site) == frozen.spoken == Spoken("da", own, "We are small.")
    site.published = {"locale": "da", "wording": own, "disclosure": "", "contact": {}}
    site.locale = "de"
    assert Spoken.of(site).locale == "da"


def test_every_line_the_code_says_is_in_the_catalog_and_every_line_of_the_widget_is_used() -> None:
    code = "\n".join(path.read_text() for room in ROOMS for path in (BASE / room).rglob("*.py"))
    said = set(re.findall(r'(?:spoken|Spoken\([^\n]*\))\.say\(\s*f?["\']([\w.]+)["\']', code))
    assert len(said) > 30
    assert said <= ENGLISH.keys()
    script = "".join((BASE / f"chatbot/static/handrail/{name}.js").read_text() for name in ("v1", "more"))
    assert Spoken().widget.keys() <= set(re.findall(r"\w+", script))
    asked = set(re.findall(r'\bsay\("(\w+)"', script)) | set(re.findall(r'"data-(?:say|label)": "(\w+)"', script))
    assert asked <= Spoken().widget.keys()


def test_no_line_inside_others_or_on_the_widget_passes_for_a_message() -> None:
    assert {"or", "disclosure", "widget.human", "date.day", "mail.answer"} <= INSIDE
    assert INSIDE.isdisjoint({"thanks", "unsure", "person_first"})
