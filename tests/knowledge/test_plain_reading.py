"""What is read of a Markdown text: its words without markup, code letter by letter, links with where they lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.reading import followed, plain, said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Run `make <TARGET>` as <YOUR-NAME>.", "Run make <TARGET> as <YOUR-NAME>."),
        ("Use the `<title>` element and `__init__`.", "Use the <title> element and __init__."),
        ("a <b>bold</b> <a href='x'>word</a><br/>end", "a bold wordend"),
        ("Press <kbd>Esc</kbd><!-- not this -->.", "Press Esc."),
        ("| `a\\|b` | c |", "a|b | c"),
        ("```yaml\nname: *any*\n  <key>: __x__\n```", "name: *any*\n  <key>: __x__"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("Type ```` ```js ```` first.", "Type ```js first."),
    ],
)
def test_markup_goes_and_meaning_stays(text: str, words: str) -> None:
    assert plain(text) == words


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See [the *manual*](https://x.test/a_b_(c) 'T').", [("the manual", "https://x.test/a_b_(c)")]),
        ("Write to <help@x.test>.", [("help@x.test", "mailto:help@x.test")]),
        ("Write to [us](mailto:us@x.test).", [("us", "mailto:us@x.test")]),
        ("Open https://x.test/__a__, then.", [("https://x.test/__a__", "https://x.test/__a__")]),
        ("Open <https://y.test/a_b_c>.", [("https://y.test/a_b_c", "https://y.test/a_b_c")]),
        ("| [one](/1) | **[two](/2)** |", [("one", "/1"), ("two", "/2")]),
        ("`[no](https://x.test)` and ![no](https://x.test/i.png) and [no][ref]", []),
        ("[a [b] c](/help)", [("a [b] c", "/help")]),
    ],
)  # fmt: skip
def test_a_link_keeps_its_words_their_place_and_its_target(text: str, links: list[tuple[str, str]]) -> None:
    read = said(text)
    assert [(read.text[link.start : link.end], link.target) for link in read.links] == links
    assert read.text == plain(text)


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("/help/b", "https://x.test/help/b"),
        ("c?d=1#e", "https://x.test/help/c?d=1#e"),
        ("//y.test/z", "https://y.test/z"),
        ("tel:+441234", "tel:+441234"),
        ("javascript:alert(1)", None),
        ("JavaScript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        (" javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("vbscript:x", None),
        ("javascript://x.test/%0aalert(1)", None),
        ("ftp://x.test/a", None),
        ("https://x.test/\"onmouseover=x", None),
        ("mailto:", None),
        ("https://[x", None),
        ("", None),
    ],
)  # fmt: skip
def test_only_what_a_browser_opens_and_does_not_run_is_followed(target: str, address: str | None) -> None:
    assert followed(target, "https://x.test/help/a") == address


def test_what_is_relative_to_nowhere_is_not_followed() -> None:
    assert followed("/help/b", "") is None


@given(st.text(st.sampled_from("ab *_`[]()<>|!#\\\n\ufdd0\ufdd1\ufdd2\ufdd31.-:/@x"), max_size=60))
def test_whatever_is_written_reading_it_ends_and_its_links_are_in_it(text: str) -> None:
    read = said(text)
    assert all(0 <= link.start < link.end <= len(read.text) for link in read.links)
    assert not any("\ufdd0" <= char <= "\ufddf" for char in read.text)
