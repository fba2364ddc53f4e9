"""The curves of the bench say what the cases say."""

from xml.etree import ElementTree

from tests.plots import coverage_curve, draw, gate_curve


def case(confidence, category="a", outcome="answer", cites="x"):
    return {"confidence": confidence, "category": category, "outcome": outcome, "citations": [{"source": cites}]}


def test_the_gates_curve_gives_both_shares_at_every_threshold():
    inside, outside = {"expect": {"category": "a"}}, {"expect": {"category": None}}
    pairs = [(inside, case(0.9)), (inside, case(0.5, "b")), (outside, case(0.7)), (outside, case(0.1))]
    assert gate_curve(pairs) == [(0.0, 0.5), (0.5, 0.5), (0.5, 0.5), (1.0, 0.5)]


def test_coverage_counts_what_was_answered_and_error_what_cited_another_source():
    asked = {"expect": {"cites": ["x"]}}
    pairs = [(asked, case(0.9)), (asked, case(0.8, cites="y")), (asked, case(0.7, outcome="decline"))]
    assert coverage_curve(pairs) == [(1 / 3, 0.0), (2 / 3, 0.5)]


def test_cases_of_one_side_only_give_no_curve():
    assert gate_curve([({"expect": {"category": "a"}}, case(0.9))]) == []
    assert coverage_curve([({"expect": {}}, case(0.9))]) == []


def test_a_drawing_is_well_formed_whatever_a_site_is_called(tmp_path):
    path = tmp_path / "gate.svg"
    draw(path, "Gate <1>", ("out & in", "right"), {"a<b": [(0.0, 0.5), (1.0, 1.0)], "empty": []})
    drawn = ElementTree.fromstring(path.read_text("utf-8"))
    assert len([each for each in drawn if each.tag.endswith("polyline")]) == 1
