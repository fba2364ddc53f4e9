"""What the desk, the record and a mail show of an answer: real lists and tables, numbers kept, links to follow."""

import re

from django.template.loader import render_to_string

from chatbot.web import article_page
from conversations.drawn import blocks, read

STEPS = {
    "kind": "steps",
    "label": "Desktop",
    "lead": "To restart, see the manual:",
    "text": "Desktop\nTo restart, see the manual:\n3. Open it.\n4. Choose <b>.",
    "items": ["Open it.", "Choose <b>."],
    "start": 3,
    "cites": [1],
    "links": [{"text": "the manual", "url": "https://x.test/m"}, {"text": "Open", "url": "javascript:alert(1)"}],
    "more": {"kind": "list", "text": "a\nb", "items": ["a", "b"], "cites": [2]},
}
TABLE = {"kind": "table", "text": "A | B\n1 | 2", "rows": [["A", "B"], ["1", "2"]], "cites": [3]}


def tight(page: str) -> str:
    """Without the line ends between elements."""
    return re.sub(r">\n+<", "><", page)


def shown(*parts: dict) -> str:
    return tight(render_to_string("conversations/blocks.html", {"blocks": blocks("", parts)}))


def test_steps_are_a_list_that_counts_from_their_own_number_and_a_table_has_its_header() -> None:
    page = shown(STEPS, TABLE)
    assert '<ol start="3"><li>Open it.</li><li>Choose &lt;b&gt;.<sup class="cite">1</sup></li></ol>' in page
    assert "<b>Desktop</b>" in page
    assert '<details class="more"><summary>Show more</summary><ul><li>a</li>' in page
    assert '<th scope="col">A</th>' in page
    assert "<td>1</td>" in page


def test_a_link_is_followed_only_where_a_browser_does_not_run_it() -> None:
    page = shown(STEPS)
    assert '<a href="https://x.test/m" rel="noopener noreferrer" target="_blank">the manual</a>' in page
    assert "javascript" not in page


def test_a_message_without_parts_is_its_text() -> None:
    assert render_to_string("conversations/blocks.html", {"blocks": blocks("1 < 2", [])}).strip() == "<p>1 &lt; 2</p>"


def test_in_a_mail_numbers_and_marks_are_kept_and_an_address_follows_its_words() -> None:
    assert read(blocks("", [STEPS, TABLE])) == (
        "Desktop\nTo restart, see the manual (https://x.test/m):\n3. Open it.\n4. Choose <b>.\n\n- a\n- b\n\nA: 1; B: 2"
    )


def test_a_help_page_is_drawn_as_its_author_wrote_it() -> None:
    text = "## Care\n\nSee [a](/more) [b](/b).\n\n3. Wash.\n   - Cold.\n4. Dry.\n\n- One\n"
    text += "\n| A | B |\n|---|---|\n| 1 | 2 |\n"
    text += "\n```\nx < y\n```\n"
    page = render_to_string(
        "conversations/blocks.html", {"blocks": list(article_page.blocks(text, "https://x.test/a"))}
    )
    for piece in (
        "<h2>Care</h2>",
        '<a href="https://x.test/more"',
        "</a> <a",
        '<ol start="3"><li>Wash.\nCold.</li><li>Dry.</li></ol>',
        "<ul><li>One</li></ul>",
        '<th scope="col">A</th>',
        '<pre tabindex="0">x &lt; y</pre>',
    ):
        assert piece in page, piece
