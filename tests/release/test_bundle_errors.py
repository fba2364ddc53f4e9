"""A bundle that is wrong is refused as a whole, and every error names its file, its line and the mend."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.bundles import bundle
from release.bundles.articles import slugs
from sites.core.problems import BadInput
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


def test_a_value_that_holds_itself_is_refused(folder):
    path = folder / "site.yaml"
    path.write_text(f"{path.read_text()}origin: &here [*here]\n")
    assert problems(folder) == ["site.yaml: a value holds itself, or is nested too deeply; write it out"]


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


def test_two_files_of_one_name_get_a_slug_each_from_their_folders(folder):
    for name in ("old", "new"):
        (folder / "knowledge" / name).mkdir()
        (folder / "knowledge" / name / "index.txt").write_text(f"Fares of the {name} kind.")
    (folder / "knowledge" / "old" / "fares.txt").write_text("Fares of last year were lower.")
    (folder / "knowledge" / "fares.txt").write_text("Fares of next year are not known.")
    found = {article.file: article.slug for article in bundle.read(folder).articles}
    assert found["knowledge/fares.md"] == "fares"
    assert found["knowledge/fares.txt"] == "fares-2"
    assert found["knowledge/old/fares.txt"] == "old-fares"
    assert found["knowledge/old/index.txt"] == "old-index"
    assert found["knowledge/new/index.txt"] == "new-index"


@given(st.sets(st.from_regex(r"(?:[ab]/){0,3}[ab]\.(?:md|txt)", fullmatch=True), max_size=12))
def test_every_file_gets_a_slug_of_its_own(places):
    found = slugs(sorted(places))
    assert set(found) == places
    assert len(set(found.values())) == len(places)


def test_one_file_whose_name_is_written_in_two_ways_is_one_article(folder):
    for name in ("caf\u00e9.txt", "cafe\u0301.txt"):
        (folder / "knowledge" / name).write_text("Coffee costs two euros.")
    read = bundle.read(folder)
    assert [a.slug for a in read.articles].count("caf\u00e9") == 1
    assert any("its name written in two ways" in str(warning) for warning in read.warnings)
    (folder / "knowledge" / "cafe\u0301.txt").write_text("Coffee costs three euros.")
    (found,) = problems(folder)
    assert found.endswith("two files have this name, written in two ways, and say different things; delete one of them")


def test_a_rule_covers_a_file_however_its_name_is_written(folder):
    (folder / "knowledge" / "cafe\u0301.txt").write_text("Coffee costs two euros.")
    (folder / "knowledge" / "defaults.yaml").write_text("- match: 'caf\u00e9*'\n  categories: [tickets]\n")
    assert {a.slug: a.categories for a in bundle.read(folder).articles}["caf\u00e9"] == ("tickets",)


def test_an_article_of_headings_only_is_refused_before_anything_is_written(folder):
    (folder / "knowledge" / "soon.md").write_text(
        "---\ntitle: Soon\ncategories: [tickets]\n---\n\n# Soon\n\n## Later\n"
    )
    assert problems(folder) == [
        "knowledge/soon.md:5: there is no text in it, only headings; write it, or take the file out"
    ]


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("url", "https://ferry.example/<b>", "'https://ferry.example/<b>' is not a web address"),
        ("owner", "x" * 200, "“owner” is longer than 150 characters"),
    ],
)
def test_what_no_source_can_have_is_said_with_the_file(folder, key, value, why):
    (folder / "knowledge" / "bags.md").write_text(
        stage.BAGS.replace("audience: public", f"audience: public\n{key}: {value}")
    )
    assert problems(folder) == [f"knowledge/bags.md: {why}"]


def test_a_cause_that_is_in_many_files_is_one_warning_with_the_first_places(folder):
    for number in range(20):
        front = f"---\ncategories: [tickets]\naudience: public\nlayout: page\nsidebar: {number}\n---\n"
        (folder / "knowledge" / f"page{number:02}.md").write_text(f"{front}\nCosts ~~£1~~ £{number} now.\n")
    struck, keys = map(str, bundle.read(folder).warnings)
    assert struck == (
        "knowledge/page00.md: struck-out text was left out: line 8 “£1” (20 times in 20 files: "
        "knowledge/page01.md, knowledge/page02.md, knowledge/page03.md and 16 more)"
    )
    assert keys == (
        "knowledge/page00.md:4: “layout” is not known here and is ignored (40 times in 20 files, also for “sidebar”: "
        "knowledge/page00.md:5, knowledge/page01.md:4, knowledge/page01.md:5 and 36 more)"
    )


def test_the_description_of_an_article_is_a_part_of_it(folder):
    (folder / "knowledge" / "bags.md").write_text(
        stage.BAGS.replace("audience:", "description: Two bags go free.\naudience:")
    )
    read = bundle.read(folder)
    assert "Two bags go free." in next(a.document.text for a in read.articles if a.slug == "bags")
    assert read.warnings == ()


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


def test_a_key_without_a_value_is_as_good_as_left_out(folder):
    path = folder / "site.yaml"
    path.write_text(path.read_text().replace("locale: en", "locale: en\ntimezone:\ncountries:\nhours:\n", 1))
    read = bundle.read(folder).manifest
    assert (read.timezone, read.countries, read.hours) == ("UTC", (), {})


@pytest.mark.parametrize("key", ["line", "warnings", "_line"])
def test_what_a_reader_adds_cannot_be_written(folder, key):
    (found,) = yaml_with(folder, "  title: Luggage", f"  title: Luggage\n  {key}: 3")
    assert found.startswith(f"site.yaml:{line_of(folder, f'  {key}: 3')}: “{key}” is not known here")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("countries: GB", "“countries” must be a list"),
        ("crisis: 112", "“crisis” must be text; put 112 in quotes"),
        ("contact: us", "“contact” must be a mapping of names to values"),
        ("contact: {email: 5}", "“email” must be text; put 5 in quotes"),
        ("owners: {boss: ada}", "“boss” is not known here"),
        ("signals: [theft]", "a signal starts with “need: …”"),
        ("signals: [{need: fraud}]", "a signal needs “phrases” or “examples”"),
        ("countries: [GB, UK]", "“UK” is no country's code; did you mean “GB”?"),
        ("routes: {legal: persn}", "“legal” is “persn”; use article or person; did you mean “person”?"),
        ("wording: {greeting: $nme}", "$nme is not filled in here"),
        ("timezone: Europe/Nowhere", "timezone: 'Europe/Nowhere' is not a time zone"),
    ],
)
def test_each_kind_of_value_says_what_it_should_be_at_its_line(folder, written, told):
    path = folder / "site.yaml"
    kept = [line for line in path.read_text().split("\n") if not line.startswith(written.split(":")[0] + ":")]
    path.write_text("\n".join(kept).replace("locale: en", f"locale: en\n{written}", 1))
    found = [each for each in problems(folder) if each.startswith(f"site.yaml:{line_of(folder, written)}: {told}")]
    assert len(found) == 1


def test_a_slug_that_stands_twice_is_said_also_where_other_things_are_wrong(folder):
    found = yaml_with(folder, "slug: luggage\n  title: Luggage", "slug: tickets\n  tilte: Luggage")
    assert any("the slug “tickets” is used at line" in each for each in found)
    assert any("“tilte” is not known here" in each for each in found)
    assert any("“title” is missing" in each for each in found)
