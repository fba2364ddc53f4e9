"""Markdown of every kind is stored as its readers see it: what is struck out or built is left out, labels are kept."""

import gc
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge.readers import notes
from knowledge.readers.dialects.door import kept
from knowledge.readers.documents import read, typed
from knowledge.text.passages import split


def stored(text, name="a.md"):
    return read(name, text.encode()).text


def warnings(text, name="a.md"):
    return read(name, text.encode()).warnings


def under(text, name="a.md"):
    """heading path → what stands below it."""
    found = {}
    for piece in split(text, "", lambda words: len(words.split())):
        found.setdefault(piece.heading, []).append(text[piece.start : piece.end])
    return {heading: "\n\n".join(parts) for heading, parts in found.items()}


# ── What stays as it is ───────────────────────────────────────────────────────────────────────────────────────

ORDINARY = """# Lift passes

A day costs *forty* euros.  Bring your [pass](https://hill.example/pass_(day)) -- it is **yours**.

- one, about ~5 to ~6 km
- two: a == b, and C# \\~~not struck\\~~
    1. `~~code~~` and `{{ code }}`

Put <API_KEY> into https://<HOST>/a, a List<Row>; <mark> is a tag, and <Enter> a key.

> A quotation with <b>bold</b> words, a footnote mark * and {braces}.

| a | b |
|---|---|
| 1 | [x] |

~~~
![in](code.png) {{< code >}}
~~~
"""


def test_a_text_without_any_of_it_is_stored_letter_by_letter():
    assert stored(ORDINARY) == ORDINARY.strip("\n")
    assert warnings(ORDINARY) == ()


@pytest.mark.parametrize(
    "code", ["```\n{}\n```", "~~~~ md\n{}\n~~~~", "`{}`", "``{} ` ``", "1. a\n\n   ```\n   {}\n   ```"]
)
@pytest.mark.parametrize("built", ["~~old~~", "{{< x >}}", "![a](b)", "<Tabs>", "==m==", "[^1]", "<!-- x -->"])
def test_code_is_never_touched(code, built):
    text = f"Before.\n\n{code.replace('{}', built)}\n\nAfter."
    assert stored(text, "a.mdx") == text


# ── Struck out ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "struck",
    [
        "~~£9~~",
        "<s>£9</s>",
        "<del>£9</del> <ins>£8</ins>",
        "<strike>£9</strike>",
        '<span style="text-decoration: line-through">£9</span>',
    ],
)
def test_what_is_struck_out_is_left_out_and_said_with_its_line(struck):
    text = f"# Skis\n\nA day costs {struck} £8 only."
    assert "£9" not in stored(text)
    assert "A day costs" in stored(text)
    assert "£8 only." in stored(text)
    assert "  " not in stored(text)
    assert warnings(f"---\ntitle: Skis\n---\n{text}") == ("struck-out text was left out: line 6 “£9”",)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("- ~~Old.~~\n- New.", "- New."),
        ("## ~~Old~~\n\nText.", "Text."),
        ("| a | b |\n|---|---|\n| ~~1~~ | ~~2~~ |\n| 3 | ~~4~~ 5 |", "| a | b |\n|---|---|\n| 3 | 5 |"),
        ("Costs (~~£5~~) £6, **~~not~~** more.", "Costs £6, more."),
        ("~~Two\nlines~~ One.", "One."),
        ("~~a~~~~b~~ c", "c"),
        ("No ~~end of it.\n\nNext~~ paragraph.", "No ~~end of it.\n\nNext~~ paragraph."),
    ],
)
def test_nothing_is_left_where_all_was_struck_out(text, left):
    assert stored(text) == left


# ── Labels ────────────────────────────────────────────────────────────────────────────────────────────────────

TABS = {
    "docusaurus": """<Tabs>
<TabItem value="a" label="Bus">

Take line 4.

</TabItem>
<TabItem label="Train" value="b">

Take the S1.

</TabItem>
</Tabs>""",
    "values": """<Tabs values={[{label: 'Bus', value: 'b'}, {label: 'Train', value: 't'}]}>
<TabItem value="b">Take line 4.</TabItem>
<TabItem value="t">Take the S1.</TabItem>
</Tabs>""",
    "items": """<Tabs items={["Bus", "Train"]}>
  <Tabs.Tab>Take line 4.</Tabs.Tab>
  <Tabs.Tab>Take the S1.</Tabs.Tab>
</Tabs>""",
    "hugo": """{{< tabs >}}
{{% tab name="Bus" %}}
Take line 4.
{{% /tab %}}
{{% tab "Train" %}}
Take the S1.
{{% /tab %}}
{{< /tabs >}}""",
    "gitbook": """{% tabs %}
{% tab title="Bus" %}
Take line 4.
{% endtab %}
{% tab title="Train" %}
Take the S1.
{% endtab %}
{% endtabs %}""",
    "mkdocs": """=== "Bus"

    Take line 4.

=== "Train"

    Take the S1.
""",
    "accordions": """<Accordion title="Bus">Take line 4.</Accordion>
<Accordion title="Train">Take the S1.</Accordion>""",
    "details": """<details><summary>Bus</summary>

Take line 4.

</details>
<details>
<summary><b>Train</b></summary>
Take the S1.
</details>""",
    "directives": """:::details Bus
Take line 4.
:::

:::details[Train]
Take the S1.
:::""",
}


@pytest.mark.parametrize("kind", TABS)
@pytest.mark.parametrize("name", ["a.md", "a.mdx"])
def test_what_is_for_one_variant_says_for_which_and_what_follows_is_for_all(kind, name):
    text = stored(f"# Way there\n\n## By day {{#day}}\n\nLeave early.\n\n{TABS[kind]}\n\nBring a ticket.\n", name)
    below = under(text)
    assert below["Way there > By day > Bus"] == "Take line 4."
    assert below["Way there > By day > Train"] == "Take the S1."
    assert below["Way there > By day"] == "Leave early.\n\nBring a ticket."


def test_a_heading_within_a_variant_stays_under_it():
    text = stored("# A\n\n<Tabs>\n<Tab title='Bus'>\n\n## Fares\n\nTwo euros.\n\n</Tab>\n</Tabs>\n")
    assert under(text) == {"A > Bus > Fares": "Two euros."}


def test_without_a_heading_above_what_follows_is_under_the_title_again():
    text = stored("---\ntitle: Way\n---\n<details><summary>Bus</summary>Line 4.</details>\n\nBring a ticket.\n")
    assert text == "## Bus\n\nLine 4.\n\n# Way\n\nBring a ticket."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (":::note Sundays\nNo boats leave.\n:::", "Sundays: No boats leave."),
        (":::warning[Is it safe?]\n\n- Yes.\n\n:::", "Is it safe?\n\n- Yes."),
        ("::: tip\nWear boots.\n:::", "Wear boots."),
        ("> [!WARNING]\n> Never alone.", "> Never alone."),
        ("> [!NOTE] Ice\n> Never alone.", "> Ice:\n> Never alone."),
        ('!!! note "Sundays"\n    No boats leave.\n\nNext.', "Sundays: No boats leave.\n\nNext."),
        ('<Callout title="Sundays">No boats leave.</Callout>', "Sundays: No boats leave."),
        ('{{< callout type="tip" >}} Wear boots. {{< /callout >}}', "Wear boots."),
        ('{% hint style="info" %}\nWear boots.\n{% endhint %}', "Wear boots."),
        ("# Boots {#boots .big}\n\nText. {: .x}", "# Boots\n\nText."),
        ("==Children== go free.", "Children go free."),
    ],
)
def test_a_note_keeps_its_title_and_its_words(text, left):
    assert stored(text) == left


# ── What only a program understands ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "built",
    [
        '{{< price "ski" >}}',
        "{{% toc %}}",
        "{{ site.price }}",
        "{% include x.html %}",
        "{{</* raw */>}}",
        "{{< ski />}}",
    ],
)
def test_what_only_a_program_fills_in_is_left_out_with_its_line(built):
    document = read("a.md", f"# Skis\n\nSee below. {built}\n\nBring a card.\n".encode())
    assert document.text == "# Skis\n\nSee below.\n\nBring a card."
    (warning,) = document.warnings
    assert "what only the program of your own site fills in was left out" in warning
    assert "line 3" in warning


@pytest.mark.parametrize(
    "tag", ["<div style={{'padding': '0px'}}>", '<Box className="a" style={{padding: 0}}>', "<div id={side}>"]
)
def test_how_a_tag_looks_is_nothing_to_look_at(tag):
    name = re.findall(r"\w+", tag)[0]
    assert read("a.mdx", f"# Skis\n\n{tag}\n\nBring a card.\n\n</{name}>\n".encode()).warnings == ()


@pytest.mark.parametrize("tag", ['<Window img="/a.png" />', '<Phone image="/b.png"/>', '<Shot src="c.png" />'])
def test_a_component_that_shows_a_picture_is_a_picture(tag):
    (warning,) = read("a.mdx", f"# Skis\n\n{tag}\n\nBring a card.\n".encode()).warnings
    assert warning.startswith("pictures were left out")
    assert not notes.to_look_at([warning])


def test_imports_and_exports_are_no_words_and_sentences_that_begin_like_them_are():
    text = (
        "import A from \"./a\"\nimport {\n  B,\n} from 'b';\n\nexport const c = [\n  1,\n\n  2,\n]\n\n# Duties\n\n"
        "import duties are paid by us.\n\n"
        "export licences are yours. You have {count} days, {'not'} more. {/* hm */}\n\n"
        '<Price of="ski" />\n'
    )
    document = read("a.mdx", text.encode())
    assert document.text == (
        "# Duties\n\nimport duties are paid by us.\n\nexport licences are yours. You have days, not more."
    )
    assert [warning.split(":")[0] for warning in document.warnings] == [
        "code of the page was left out",
        "what only the program of your own site fills in was left out, look at the sentences around it",
        "components without words of their own were left out, look whether the text still says what it should",
    ]


@pytest.mark.parametrize(
    "picture",
    [
        "![A dog](d.png)",
        "![A dog][d]",
        "[![A dog](d.png)](https://x.example)",
        '<img src="d.png" alt="A dog">',
        '<Image alt="A dog" />',
    ],
)
def test_a_picture_and_the_words_that_stand_for_it_are_no_part_of_the_text(picture):
    document = read("a.md", f"Sit here. {picture}\n\n1. Open it.\n   {picture}\n2. Shut it.\n\n[d]: /d.png\n".encode())
    assert document.text == "Sit here.\n\n1. Open it.\n2. Shut it."
    assert document.warnings == (
        "pictures were left out, with the words that stand for them: line 1 “A dog”, line 4 “A dog”",
    )


def test_links_keep_where_they_lead_however_they_are_written():
    text = (
        'See [a][x], [x] and <a href="https://y.example">why</a>. Mail <me@y.example>.\n\n[x]: https://x.example "X"\n'
    )
    assert stored(text) == (
        "See [a](https://x.example), [x](https://x.example) and [why](https://y.example). Mail me@y.example."
    )


def test_a_footnote_stands_in_the_sentence_it_belongs_to():
    text = "Dogs go free.[^a] Cats[^b] pay^[half].\n\n[^a]: Up to two.\n[^b]: And ~~birds~~\n    ferrets.\n\n"
    document = read("a.md", f"{text}[^c]: Unused.\n".encode())
    assert document.text == "Dogs go free (Up to two.). Cats (And ferrets.) pay (half)."
    (piece,) = split(document.text, "", lambda words: len(words.split()))
    assert document.text[slice(*piece.sentences[0])] == "Dogs go free (Up to two.)."
    assert "footnotes that nothing refers to were left out: line 7 “Unused.”" in document.warnings


def test_a_footnote_without_a_text_is_said_and_its_mark_left_out():
    assert stored("Dogs go free.[^a] Cats pay.") == "Dogs go free. Cats pay."
    assert warnings("Dogs go free.[^a] Cats pay.") == ("footnotes without a text were left out: line 1 “a”",)


def test_a_table_of_html_becomes_one_of_markdown_with_its_merged_cells_filled():
    rows = "<tr><td rowspan='2'>Adult</td><td>5</td></tr>\n<tr><td>6</td></tr>"
    text = f"Fees:\n\n<table><tr><th>Who</th><th>Fee</th></tr>{rows}</table>\n"
    assert stored(text).endswith("| Who | Fee |\n| --- | --- |\n| Adult | 5 |\n| Adult | 6 |")


def test_lines_that_are_broken_by_hand_stay_apart():
    assert stored("Monday<br>Tuesday") == "Monday\nTuesday"
    assert stored("| a |\n|---|\n| Monday<br/>Tuesday |").endswith("| Monday Tuesday |")


# ── Front matter ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_description_of_the_front_matter_stands_below_the_title_unless_the_text_says_it():
    assert (
        stored("---\ndescription: Trips last\n  an hour.\n---\n# Trips\n\nCome.")
        == "# Trips\n\nTrips last an hour.\n\nCome."
    )
    assert stored("---\ndescription: Come.\n---\n# Trips\n\nCome.") == "# Trips\n\nCome."
    assert stored("---\ndescription: Trips last an hour.\n---\n# Trips\n") == "# Trips\n\nTrips last an hour."


def test_front_matter_in_toml_is_read_and_a_mistake_in_it_named():
    document = read("a.md", b'+++\ntitle = "Trips"\ndescription = "An hour."\n+++\nCome.')
    assert (document.title, document.text) == ("Trips", "An hour.\n\nCome.")
    with pytest.raises(ValueError, match=r"a\.md:3: front matter:"):
        read("a.md", b'+++\ntitle = "A"\nb = \n+++\nText.')


def test_what_is_typed_is_stored_as_what_is_read():
    document = typed("Skis", "A day costs ~~£9~~ £8.\r\n")
    assert document.text == "A day costs £8.\n"
    assert document.warnings == ("struck-out text was left out: line 1 “£9”",)


# ── Any text ──────────────────────────────────────────────────────────────────────────────────────────────────

BITS = st.sampled_from(
    [
        "~~", "a", "B. ", "\n", "\n\n", "    ", "<s>", "</s>", "<Tab label='x'>", "</Tab>", "<details>", "</details>",
        "<summary>q</summary>", "==", "[^a]", "[^a]: n", "[", "](x)", "![", "{{< x >}}", "{{< /x >}}", "{% tab %}", "{",
        "}", ":::note T", ":::", '=== "t"', '!!! n "t"', "> ", "[!NOTE]", "# ", "## h {#i}", "`", "```", "<!--", "-->",
        "<br>", "| a | b |", "|---|---|", "- ", "1. ", "**", "\\", "import x from 'y'", "export const a = {", "<table>",
        "<tr><td rowspan=2>c", "</table>", "<p hidden>", "</p>", "^[n]", "[r]: /x", "<a href='https://x.y'>", "</a>",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(BITS, max_size=25).map("".join), st.booleans())
@example("~~~a~~ b ~~", False)
@example("# <Tab label='x'></Tab>~~", False)
def test_what_has_been_through_the_door_once_stays_as_it_is(text, mdx):
    once = kept(text, "T", mdx=mdx)
    assert kept(once.text, "T").text == once.text
    assert not set("\x00\x01\x02") & set(once.text)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00\x01\x02~<![{=]`\\^:?>#ie/h"), max_size=200))
def test_a_text_without_signs_is_its_own(text):
    assert kept(text).text == text


@pytest.mark.parametrize(
    "unit",
    ["~~a ", "[", "![a](b ", '<a "', "<a {", "<T>", "{{<a ", "{% a %}", "<details>", "<table>", "<s>", "<!-- ", "` ",
     "[^a]", '=== "a"\n    ', "import a\n", "export const {\n", ":::a\n", "==a", "](", "{", " ", "\n \n"],
)  # fmt: skip
def test_hostile_texts_are_read_in_time_that_grows_with_their_length(unit):
    def seconds(size):
        start = time.process_time()
        kept(unit * (size // len(unit)), "T", mdx=True)
        return time.process_time() - start

    gc.disable()  # it goes through all that a test process holds, again and again
    try:
        assert seconds(120_000) < 6 * seconds(30_000) + 0.5
    finally:
        gc.enable()


def test_a_component_that_is_a_link_stays_one_with_its_words_and_its_target():
    text = (
        'See <Link to="/howto/plans"><b>How-to:</b> Plans</Link> or <NavLink href="https://a.example/x">here</NavLink>.'
    )
    assert read("a.mdx", text.encode()).text == (
        "See [<b>How-to:</b> Plans](/howto/plans) or [here](https://a.example/x)."
    )
    assert read("a.mdx", b'<Link to="javascript:alert(1)">Plans</Link>').text == "Plans"
