"""A bundle that is wrong is refused as a whole, and every error names its file, its line and the mend."""

from pathlib import Path

import pytest

from release import bundle
from release.problems import BadInput
from sites.models import Site
from tests.release import stage


def problems(folder: Path) -> list[str]:
    with pytest.raises(BadInput) as caught:
        bundle.read(folder)
    return [str(problem) for problem in caught.value.problems]


def yaml_with(folder: Path, old: str, new: str) -> list[str]:
    """The problems after one replacement in a site.yaml; `old` must be in it."""
    path = folder / "site.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return problems(folder)


def line_of(folder: Path, words: str, name: str = "site.yaml") -> int:
    return next(n for n, line in enumerate((folder / name).read_text().split("\n"), 1) if words in line)


def test_a_right_bundle_has_no_problems(folder):
    read = bundle.read(folder)
    assert [article.slug for article in read.articles] == ["bags", "fares", "goodwill"]
    assert len(read.scenarios) == 3


def test_a_folder_without_site_yaml_is_no_bundle(tmp_path):
    assert problems(tmp_path) == [f"{tmp_path}: is no bundle: it has no site.yaml"]


def test_broken_yaml_names_its_line(folder):
    (folder / "site.yaml").write_text("version: 1\nsite: ferry\nname: [unclosed\nlocale: en\n")
    (found,) = problems(folder)
    assert found.startswith("site.yaml:4: not YAML:")


def test_yaml_that_is_not_utf8_names_its_line(folder):
    (folder / "site.yaml").write_bytes(b"version: 1\nsite: ferry\nname: Caf\xe9\n")
    assert problems(folder) == ["site.yaml:3: not UTF-8; save the file as UTF-8"]


def test_an_unknown_key_is_named_with_the_nearest_known_one(folder):
    found = yaml_with(folder, "origins:", "orignis:")
    line = line_of(folder, "orignis")
    assert f"site.yaml:{line}: “orignis” is not known here; did you mean “origins”?" in found


def test_an_unknown_key_of_a_category_is_named(folder):
    found = yaml_with(folder, "  title: Luggage", "  tilte: Luggage")
    line = line_of(folder, "tilte")
    assert any(p.startswith(f"site.yaml:{line}: “tilte” is not known here; did you mean “title”?") for p in found)
    assert any("“title” is missing" in p for p in found)


def test_a_key_that_stands_twice_is_an_error(folder):
    found = yaml_with(folder, "locale: en", "locale: en\nlocale: de")
    assert found == [f"site.yaml:{line_of(folder, 'locale: de')}: “locale” stands here twice; keep one"]


def test_two_categories_of_one_slug_name_both_lines(folder):
    found = yaml_with(folder, "slug: luggage", "slug: tickets")
    first = line_of(folder, "slug: tickets")
    (clash,) = [p for p in found if "is used at line" in p]
    assert clash.endswith(f"the slug “tickets” is used at line {first} already")


def test_an_example_that_yaml_reads_as_something_else_must_be_quoted(folder):
    found = yaml_with(folder, f"- {stage.TICKETS[4]}", "- yes")
    assert found == [f"site.yaml:{line_of(folder, '- yes')}: True is not text; put it in quotes"]


def test_a_wrong_word_is_answered_with_the_right_ones(folder):
    (found,) = yaml_with(folder, "exposure: self_service", "exposure: selfservice")
    assert "use internal or reviewed or self_service; did you mean “self_service”?" in found


def test_an_origin_with_a_path_is_refused(folder):
    (found,) = yaml_with(folder, "https://ferry.example.com", "https://ferry.example.com/chat")
    assert found.startswith(f"site.yaml:{line_of(folder, 'ferry.example.com/chat')}: ")


def test_hours_that_cannot_be_read_are_refused_by_their_line(folder):
    (found,) = yaml_with(folder, "locale: en", "locale: en\nhours: {mon: ['18:00-09:00']}")
    assert found.startswith(f"site.yaml:{line_of(folder, 'hours')}: ")


def test_wording_that_nobody_says_is_refused(folder):
    (found,) = yaml_with(folder, "locale: en", "locale: en\nwording: {greting: Ahoy}")
    assert "“greting” is no line of wording; did you mean “greeting”?" in found


def test_a_tool_that_nobody_has_is_refused(folder):
    (found,) = yaml_with(folder, "title: Luggage", "title: Luggage\n  tool: teleport")
    assert "there is no tool “teleport” for “luggage”" in found


def test_an_unknown_category_of_an_article_names_file_and_line(folder):
    (folder / "knowledge" / "bags.md").write_text(stage.BAGS.replace("[luggage]", "[lugage]"))
    assert problems(folder) == ["knowledge/bags.md:3: there is no category “lugage”; site.yaml has luggage, tickets"]


def test_an_unknown_category_in_defaults_names_file_and_line(folder):
    (folder / "knowledge" / "defaults.yaml").write_text(
        "- match: '*.md'\n  categories:\n  - boats\n  audience: public\n"
    )
    (found,) = problems(folder)
    assert found.startswith("knowledge/defaults.yaml:2: there is no category “boats”")


def test_an_empty_article_is_refused(folder):
    (folder / "knowledge" / "empty.md").write_text("---\ntitle: Empty\ncategories: [tickets]\n---\n\n")
    (found,) = problems(folder)
    assert found.startswith("knowledge/empty.md")
    assert "no text" in found


def test_two_files_of_one_stem_clash(folder):
    (folder / "knowledge" / "old").mkdir()
    (folder / "knowledge" / "old" / "fares.txt").write_text("Fares of last year were lower.")
    (found,) = problems(folder)
    assert "its source would be “fares”" in found
    assert "rename one of the files" in found


def test_a_broken_front_matter_names_its_line(folder):
    (folder / "knowledge" / "fares.md").write_text("---\ntitle: Fares\ncategories: [tickets\n---\nText.\n")
    (found,) = problems(folder)
    assert found.startswith("knowledge/fares.md:")


def test_a_date_that_is_none_is_refused(folder):
    (folder / "knowledge" / "fares.md").write_text(stage.FARES.replace("audience: public", "review_by: soon"))
    assert "knowledge/fares.md:4: “review_by” must be a date like 2027-03-31" in problems(folder)


def test_a_broken_scenario_line_is_named(folder):
    path = folder / "scenarios" / "basics.jsonl"
    path.write_text(path.read_text() + '{"id": "broken", "turns": [}\n')
    (found,) = problems(folder)
    assert found.startswith("scenarios/basics.jsonl:4: not JSON:")


def test_a_scenario_id_used_twice_names_both_places(folder):
    path = folder / "scenarios" / "basics.jsonl"
    path.write_text(path.read_text() + path.read_text().split("\n")[0] + "\n")
    assert problems(folder) == [
        "scenarios/basics.jsonl:4: the id “fare-adult” is used at scenarios/basics.jsonl:1 already; rename one"
    ]


def test_everything_wrong_is_said_at_once(folder):
    (folder / "knowledge" / "bags.md").write_text(stage.BAGS.replace("[luggage]", "[lugage]"))
    (folder / "scenarios" / "basics.jsonl").write_text('{"id": "x"}\n')
    assert len(yaml_with(folder, "title: Luggage", "title: Luggage\n  tool: teleport")) == 3


@pytest.mark.django_db
def test_nothing_is_written_when_anything_is_wrong(folder):
    (folder / "knowledge" / "empty.md").write_text("---\ncategories: [tickets]\n---\n")
    with pytest.raises(BadInput):
        bundle.load(folder, actor="test")
    assert not Site.objects.exists()


def test_few_examples_are_a_warning(folder):
    manifest = stage.plan()
    manifest["categories"][1]["examples"] = stage.LUGGAGE[:9]
    stage.write(folder, manifest)
    assert [p.text for p in bundle.read(folder).warnings] == ["“luggage” has 9 examples; level 3 needs 10"]


def test_few_scenarios_are_a_warning_where_level_3_is_asked_for(folder):
    manifest = stage.plan(bar={"scenarios": 2})
    manifest["categories"][0]["bar"] = {"scenarios": 1, "percent": 90}
    stage.write(folder, manifest)
    line = line_of(folder, "slug: luggage")
    assert [str(p) for p in bundle.read(folder).warnings] == [
        f"site.yaml:{line}: “luggage” has 1 scenarios; level 3 needs 2"
    ]


def test_a_tag_that_looks_like_a_class_in_which_nothing_may_fail_is_a_warning(folder):
    path = folder / "scenarios" / "basics.jsonl"
    tagged = '{"id": "deal", "turns": ["A ferry for £1?"], "tags": ["Cross_Customers", "complaint", "leak"]}'
    path.write_text(f"{path.read_text()}{tagged}\n")
    (warned,) = bundle.read(folder).warnings
    told = "“Cross_Customers” is no class in which nothing may fail; did you mean “cross-customer”?"
    assert str(warned) == f"scenarios/basics.jsonl:4: {told}"
    path.write_text('{"id": "deal", "turns": ["A ferry for £1?"], "tags": "leak"}\n')
    assert problems(folder) == ["scenarios/basics.jsonl:1: “tags” must be a list of texts"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("percent: 79", "“percent” is 79; use a whole number from 80 to 100"),
        ("percent: 0.95", "“percent” is 0.95; use a whole number from 80 to 100"),
        ("percent: all", "“percent” is 'all'; use a whole number from 80 to 100"),
        ("scenarios: 0", "“scenarios” is 0; use a whole number from 1 to 10000"),
        ("scenarios: true", "“scenarios” is True; use a whole number from 1 to 10000"),
        ("percents: 90", "“percents” is not known here; did you mean “percent”?"),
    ],
)
def test_a_bar_that_cannot_be_names_its_line(folder, written, told):
    assert yaml_with(folder, "  title: Luggage", f"  title: Luggage\n  bar: {{{written}}}") == [
        f"site.yaml:{line_of(folder, 'bar: {')}: {told}"
    ]


def test_who_takes_content_live_is_one_of_two_words(folder):
    found = yaml_with(folder, "locale: en", "locale: en\ncontent: automatically")
    line = line_of(folder, "content:")
    told = "“content” is “automatically”; use automatic or person; did you mean “automatic”?"
    assert found == [f"site.yaml:{line}: {told}"]


def test_an_article_without_audience_is_public_and_says_so(folder):
    (folder / "knowledge" / "bags.md").write_text(stage.BAGS.replace("audience: public\n", ""))
    read = bundle.read(folder)
    assert {a.slug: a.audience for a in read.articles} == {"bags": "public", "fares": "public", "goodwill": "internal"}
    assert [str(p) for p in read.warnings] == ["knowledge/bags.md: names no audience and is taken to be public"]


def test_defaults_give_what_front_matter_leaves_open(folder):
    (folder / "knowledge" / "plain.txt").write_text("Timetable\n\nFerries leave at eight.\n")
    (folder / "knowledge" / "defaults.yaml").write_text(
        "- match: 'plain*'\n  categories: [tickets]\n- match: '*'\n  categories: [luggage]\n  audience: internal\n"
    )
    found = {a.slug: (a.categories, a.audience) for a in bundle.read(folder).articles}
    assert found["plain"] == (("tickets",), "internal")
    assert found["fares"] == (("tickets",), "public")


def test_a_strictness_that_does_not_exist_names_its_line_and_the_nearest(folder):
    found = yaml_with(folder, "locale: en", "locale: en\nstrictness: strickt")
    line = line_of(folder, "strictness:")
    known = "balanced or open or strict or very_strict"
    assert found == [f"site.yaml:{line}: “strictness” is “strickt”; use {known}; did you mean “strict”?"]
