"""The questions an article answers are part of what is released: checked by line, frozen, shown, brought back."""

import pytest
import yaml

from knowledge.editing import approval, ingest
from knowledge.models import Revision, Source
from release.bundles import bundle
from release.bundles.export import export
from release.gate import content, gate
from release.gate.diff import diff
from release.live import snapshot
from sites.core.problems import BadInput
from tests.release import stage

pytestmark = pytest.mark.django_db
ASKED = ["What do grown-ups pay?", "do bikes cost extra"]


def asking(folder, lines):
    """The ferry line's bundle with some lines more in the front matter of the article on prices."""
    path = folder / "knowledge" / "fares.md"
    path.write_text(stage.FARES.replace("audience: public\n", f"audience: public\n{lines}\n", 1))
    return folder


def problems(folder):
    with pytest.raises(BadInput) as caught:
        bundle.read(folder)
    return [str(problem) for problem in caught.value.problems]


def revise(questions, text=None):
    source = Source.objects.get(slug="fares")
    newest = source.revisions.first()
    saved = ingest.revise(source, title="Fares", text=text or newest.text, questions=questions, actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="read")
    return saved.revision


# ── As files ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("questions: What do grown-ups pay?", "knowledge/fares.md:5: “questions” must be a list of texts"),
        ("questions:\n- What do grown-ups pay?\n- yes", "knowledge/fares.md:7: a question must be text; put True in"),
        ("questions:\n  - ''\n  - Why?", "knowledge/fares.md:6: an empty line among the questions"),
        (f"questions:\n- Why?\n- {'x' * 301}", "knowledge/fares.md:7: a question has at most 300 characters; this has"),
        (
            f"questions: [{', '.join(f'why {n}' for n in range(31))}]",
            "knowledge/fares.md:5: an article answers at most",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(folder, lines, found):
    (problem,) = problems(asking(folder, lines))
    assert problem.startswith(found)


def test_a_bundle_with_questions_is_exported_and_loaded_as_the_same_site(folder, tmp_path):
    site = stage.load(asking(folder, f"questions: {ASKED}"))
    assert Revision.objects.get(source__slug="fares").questions == ASKED
    before = snapshot.candidate(site).fingerprint
    export(site, tmp_path / "out")
    front = (tmp_path / "out" / "knowledge" / "fares.md").read_text().split("---")[1]
    assert yaml.safe_load(front)["questions"] == ASKED
    assert "questions" not in (tmp_path / "out" / "knowledge" / "bags.md").read_text()
    assert bundle.load(tmp_path / "out", actor="test").changed == 0
    assert snapshot.candidate(site).fingerprint == before


def test_a_scenario_in_an_articles_own_words_is_warned_of(folder):
    read = bundle.read(asking(folder, f"questions: ['{stage.SCENARIOS[0]['turns'][0]}']"))
    (warning,) = [str(each) for each in read.warnings if "own question" in str(each)]
    assert warning.startswith("scenarios/basics.jsonl:1: “fare-adult” asks an article's own question")


# ── As a release ──────────────────────────────────────────────────────────────────────────────────────────────


def test_they_are_covered_by_the_fingerprint_and_a_rollback_brings_the_old_ones_back(ferry, who):
    revise(ASKED)
    first = stage.publish(ferry)
    held = {facts.source: facts.questions for facts in snapshot.of(first).revisions.values()}
    assert held == {"fares": tuple(ASKED), "bags": (), "goodwill": ()}
    revise([*ASKED, "Is there a child's fare?"])
    assert snapshot.candidate(ferry).fingerprint != first.fingerprint
    second = snapshot.freeze(ferry, actor=who["dan"])
    stage.passed(second)
    gate.go_live(second, actor=who["dan"], second=who["cleo"], reason="More questions.")
    assert len(Revision.objects.get(source__slug="fares", live=True).questions) == 3
    gate.rollback(ferry, actor=who["dan"], reason="They led astray.")
    assert Revision.objects.get(source__slug="fares", live=True).questions == ASKED


def test_a_release_of_before_there_were_questions_still_reads(ferry):
    body = snapshot.candidate(ferry).body
    for facts in body["revisions"]:
        del facts["questions"]
    assert {facts.questions for facts in snapshot.parse(body).revisions.values()} == {()}


def test_the_changes_of_a_release_name_each_question_and_no_text_that_stayed(ferry):
    revise(ASKED)
    before = snapshot.candidate(ferry)
    revise([ASKED[0], "Is there a child's fare?"])
    after = snapshot.candidate(ferry)
    told = [(change.what, change.name, change.before, change.after) for change in diff(before, after)]
    assert told == [
        ("question", "fares", ASKED[1], "removed"),
        ("question", "fares", "", "Is there a child's fare?"),
    ]
    assert content.touched(before, after) == {"tickets"}
    revise([ASKED[0]], text="A ticket costs 8 euros.")
    assert [change.what for change in diff(after, snapshot.candidate(ferry))] == ["question", "article"]
