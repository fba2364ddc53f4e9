"""The rows of the quality tables: what counts as right, as wrong, and from whom a site's constants may come."""

from types import SimpleNamespace

from tests import heldout


def case(outcome="answer", cites=(), ranked=(), confidence=0.0, accepted=False, category=None):
    return SimpleNamespace(
        outcome=outcome, citations=[{"source": s} for s in cites], retrieved=[{"source": s} for s in ranked],
        confidence=confidence, accepted=accepted, category=category,
    )  # fmt: skip


def asked(*tags, **expected):
    return {"tags": list(tags), "expect": expected}


def test_an_answer_from_another_source_is_covered_but_not_right():
    scenarios = [asked("answerable", cites=["a"]), asked("answerable", cites=["a"])]
    cases = [case(cites=["b"], ranked=["b", "b", "a"]), case("decline", ranked=["a"])]
    seen = heldout.noted(scenarios, cases)
    assert seen["coverage"] == [True, False]
    assert seen["right source"] == [False]
    assert seen["source in the first 1"] == [False, True]
    assert seen["source in the first 5"] == [True, True]


def test_the_share_right_is_taken_above_the_strangers_that_may_get_in():
    scenarios = [asked("scope", category="x"), asked("scope", category="x"), asked("scope", category=None)]
    cases = [case(confidence=0.9, category="x"), case(confidence=0.4, category="x"), case(confidence=0.5)]
    assert heldout.noted(scenarios, cases)["right at 5% out of scope accepted"] == [True, False]


def test_wrong_answers_and_strangers_cost_more_than_right_ones_earn():
    scenarios = [asked("answerable", cites=["a"]), asked("unanswerable")]
    assert heldout.figures(scenarios, [case(cites=["a"]), case("decline")])["worth"] == 1.0
    assert heldout.figures(scenarios, [case(cites=["b"]), case()])["worth"] < -1.0


def test_a_site_has_no_say_in_its_own_constants_nor_has_one_of_the_same_messages(monkeypatch):
    monkeypatch.setattr(heldout, "DIALS", {"chatbot.decide.gate.ridge.PENALTY": (0.05, 0.1, 0.2)})

    class Site(heldout.Site):
        def measured(self, settings):
            wants = {"clinc": 0.05, "clinc-counter": 0.05, "other": 0.2}[self.name]
            return {"worth": float(settings.get("chatbot.decide.gate.ridge.PENALTY") == wants)}

    sites = [Site(name, [], SimpleNamespace(revisions={})) for name in ("clinc", "clinc-counter", "other")]
    assert heldout.chosen_for(sites[0], sites) == {"chatbot.decide.gate.ridge.PENALTY": 0.2}
    assert heldout.chosen_for(sites[2], sites) == {"chatbot.decide.gate.ridge.PENALTY": 0.05}


def test_a_dial_is_put_back():
    before = heldout.shipped("chatbot.decide.answer.compose.BAR")
    with heldout.turned_to({"chatbot.decide.answer.compose.BAR": 0.9}):
        assert heldout.shipped("chatbot.decide.answer.compose.BAR") == 0.9
    assert heldout.shipped("chatbot.decide.answer.compose.BAR") == before
