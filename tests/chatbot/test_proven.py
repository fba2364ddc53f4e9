"""The proof of what is shortened lets no cut through that may matter; where it is not measured, nothing is cut."""

import json
import os
from pathlib import Path

import pytest

from chatbot.decide import condense
from chatbot.decide.answer import proven
from tests import cuts
from tests.conftest import count

ROOT = Path(__file__).parents[2]
BLOCK = (
    "Please note that you may return most items, such as a jacket, within 30 days. Our team opens parcels by hand, "
    "which takes time. Items from the outlet, which we sell in Leeds, cannot come back unless they are torn."
)
BARE = BLOCK.replace("Please note that you", "You")
SHORT = BARE.replace(", such as a jacket,", "").replace(" Our team opens parcels by hand, which takes time.", "")
GOOD = (BLOCK, BARE, SHORT, BLOCK.replace(", which takes time", ""))
BAD = {
    "a negation": ("cannot come", "can come"),
    "a modal": ("may return", "return"),
    "a quantity": ("most items", "items"),
    "a unit": ("30 days", "30"),
    "a number": (" within 30 days", ""),
    "a condition": (" unless they are torn", ""),
    "a name": (", which we sell in Leeds,", ""),
    "a subject": ("from the outlet", ""),
    "a word more": ("30 days", "30 long days"),
    "words in another order": ("30 days", "days 30"),
    "another sign": ("30 days.", "30 days!"),
    "two sentences in one": ("30 days. Our", "30 days our"),
}


@pytest.mark.parametrize("short", GOOD)
def test_courtesies_asides_and_descriptions_may_go(short: str) -> None:
    assert proven.objections(BLOCK, short) == []


@pytest.mark.parametrize("name", BAD)
def test_what_changes_what_is_said_may_not(name: str) -> None:
    short = BLOCK.replace(*BAD[name])
    assert short != BLOCK
    assert proven.objections(BLOCK, short)


def test_a_sentence_that_leans_on_one_that_is_gone_keeps_it() -> None:
    block = "The jacket has a lining. It dries in the shade. Our shops are near."
    assert proven.objections(block, "It dries in the shade. Our shops are near.")
    assert not proven.objections(block, "The jacket has a lining. It dries in the shade.")


def test_no_harmful_cut_of_any_kind_gets_through_on_the_samples_articles() -> None:
    found = cuts.measured(cuts.paragraphs(ROOT / "sample" / "knowledge"), count(cuts.A_KIND, 60))
    print({kind: f"{through} of {n}" for kind, (through, n) in found["harmful"].items()}, found["harmless"])
    assert set(found["harmful"]) >= {
        "negation",
        "modal",
        "condition",
        "exception",
        "quantity",
        "unit",
        "half of a fact",
    }
    assert sum(through for through, _ in found["harmful"].values()) == 0


def test_the_figures_are_of_this_very_proof_and_good_enough() -> None:
    figures = json.loads(condense.FIGURES.read_text())
    assert figures["proof"] == proven.digest(), "run `python -m tests.cuts FOLDER…` on articles it was not built on"
    assert set(figures["harmful"]) == set(cuts.HARMFUL)
    assert min(n for _, n in figures["harmful"].values()) >= 300
    assert condense.judged(figures, proven.digest()) == ""


@pytest.mark.proof
def test_the_figures_come_out_again_on_the_articles_they_were_taken_of() -> None:
    if not (folder := os.environ.get("CASES")):
        pytest.skip("CASES names a folder of sites")
    found = cuts.measured(cuts.paragraphs(Path(folder) / "sites"))
    figures = json.loads(condense.FIGURES.read_text())
    assert (found["harmful"], found["harmless"]) == (figures["harmful"], figures["harmless"])


def test_the_switch_refuses_above_its_bound_and_where_the_proof_is_another() -> None:
    harmful = {kind: [0, 300] for kind in cuts.HARMFUL}
    assert condense.judged({"proof": "a", "harmful": harmful}, "a") == ""
    assert "was changed" in condense.judged({"proof": "a", "harmful": harmful}, "b")
    assert "was changed" in condense.judged({}, "b")
    told = condense.judged({"proof": "a", "harmful": {**harmful, "modal": [4, 300]}}, "a")
    assert told.startswith("harmful cuts may be let through more often than 2%: modal 3")
    assert "condition" in condense.judged({"proof": "a", "harmful": {**harmful, "condition": [0, 40]}}, "a")
