"""A diagram that is written as code is never quoted: its code is left out of the text, and its owner is told so."""

import pytest

from knowledge.readers.documents import read, typed

CODE = "flowchart TD\n    A[Order] -->|paid| B{In stock?}\n    B --> C[Sent]"
BEFORE, AFTER = "Your order goes this way.", "It takes two days."
WRITTEN = {
    "a fence": (f"```mermaid\n{CODE}\n```", "a.md"),
    "a fence with more behind it": (f"``` {{.mermaid zoom=true}}\n{CODE}\n```", "a.md"),
    "a fence of MyST": (f"```{{mermaid}}\n{CODE}\n```", "a.md"),
    "tildes": (f"~~~plantuml\n{CODE}\n~~~", "a.md"),
    "dot": ("```dot\ndigraph { order -> sent }\n```", "a.md"),
    "a fence with four signs": (f"````kroki-plantuml\n{CODE}\n````", "a.md"),
    "a note of Docusaurus": (f":::info How it goes\n\n```mermaid\n{CODE}\n```\n\n:::", "a.mdx"),
    "a note of MkDocs": ("!!! note\n\n    ```mermaid\n    A --> C[Sent]\n    ```", "a.md"),
    "a quotation": ("> ```mermaid\n> A --> C[Sent]\n> ```", "a.md"),
    "a step of a list": ("1. Look:\n\n   ```mermaid\n   A --> C[Sent]\n   ```", "a.md"),
    "colons": (f"::: mermaid\n{CODE}\n:::", "a.md"),
    "a shortcode": (f"{{{{< mermaid >}}}}\n{CODE}\n{{{{< /mermaid >}}}}", "a.md"),
    "a tag of Liquid": ("{% mermaid %}\nA --> C[Sent]\n{% endmermaid %}", "a.md"),
    "a component": ("<Mermaid chart={`flowchart TD; A --> C[Sent]`} />", "a.mdx"),
    "a component around it": ("<Mermaid>\nA ==> C[Sent]\n</Mermaid>", "a.mdx"),
    "HTML in Markdown": (f'<pre class="mermaid">\n{CODE}\n</pre>', "a.md"),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_its_code_is_left_out_and_the_words_around_it_stay(how: str) -> None:
    code, name = WRITTEN[how]
    document = read(name, f"# Orders\n\n{BEFORE}\n\n{code}\n\n{AFTER}\n".encode())
    assert BEFORE in document.text
    assert AFTER in document.text
    assert not any(sign in document.text for sign in ("-->", "==>", "->", "flowchart", "Sent", "```", "~~~"))
    (warning,) = [each for each in document.warnings if each.startswith("diagrams were left out")]
    assert "line " in warning


@pytest.mark.parametrize(
    "page",
    [
        '<pre class="mermaid">A --&gt; C[Sent]</pre>',
        '<pre><code class="language-mermaid">A --&gt; C[Sent]</code></pre>',
        '<div class="chart mermaid" data-processed="true"><p>A --&gt; C[Sent]</p></div>',
        '<pre class="language-dot"><code>A -> C[Sent]</code></pre>',
    ],
)
def test_also_on_a_web_page(page: str) -> None:
    document = read("a.html", f"<main><h1>Orders</h1><p>{BEFORE}</p>{page}<p>{AFTER}</p></main>".encode())
    assert document.text == f"# Orders\n\n{BEFORE}\n\n{AFTER}"
    assert any(each.startswith("diagrams were left out") for each in document.warnings)


def test_two_diagrams_are_one_warning_and_what_is_stored_stays_what_it_is() -> None:
    first = read("a.md", f"# Orders\n\n{BEFORE}\n\n```mermaid\nA\n```\n\n{AFTER}\n\n```dot\nB\n```\n".encode())
    assert [each.split(":")[0] for each in first.warnings] == ["diagrams were left out, say in words what they show"]
    assert read("a.md", first.text.encode()).text == first.text
    assert "A" not in typed("Orders", f"{BEFORE}\n\n```mermaid\nA\n```").text


@pytest.mark.parametrize("text", ["```bash\nrun mermaid\n```", "```\nA --> B\n```", "~~~ md\n```mermaid\nA\n```\n~~~",
                                  "Write ```` ```mermaid ```` above it."])  # fmt: skip
def test_code_that_readers_see_stays(text: str) -> None:
    document = read("a.md", f"# Orders\n\n{text}\n\n{AFTER}".encode())
    assert text in document.text
    assert document.warnings == ()
