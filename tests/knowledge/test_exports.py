"""An export of another program becomes articles with their titles, sections and addresses; what is not kept is told."""

import csv
import io
import json

import pytest
from django.core.files.base import ContentFile

from knowledge.readers import folder
from knowledge.readers.documents import DocumentError
from knowledge.readers.exports import literal

BODY = '<h2>How long?</h2><p>You have 30 days. See <a href="/hc/en-gb/articles/2">exchanges</a>.</p>'


def read(files, locale="en"):
    uploads = [
        ContentFile(text if isinstance(text, bytes) else text.encode(), name=name) for name, text in files.items()
    ]
    return folder.read(uploads, list(files), locale=locale)


def filed(found):
    return {paper.document.title: (paper.section, paper.url) for paper in found.papers}


# ── Zendesk Guide ─────────────────────────────────────────────────────────────────────────────────────────────

HOST = "https://shop.zendesk.com/hc/en-gb"


def article(key, title, **more):
    return {"id": key, "title": title, "body": BODY, "section_id": 11, "html_url": f"{HOST}/articles/{key}-x",
            "locale": "en-gb", "source_locale": "en-gb", "draft": False, "user_segment_id": None} | more  # fmt: skip


SECTIONS = {"sections": [{"id": 11, "name": "Returns", "category_id": 1},
                         {"id": 12, "name": "Basics", "category_id": 1},
                         {"id": 13, "name": "Basics", "category_id": 2}]}  # fmt: skip
CATEGORIES = {"categories": [{"id": 1, "name": "Orders", "html_url": "x"}, {"id": 2, "name": "Bikes", "html_url": "x"}]}
ZENDESK = {
    "articles": [
        article(1, "Returning"),
        article(2, "Exchanges", section_id=13, label_names=["vip"]),
        article(3, "Not ready", draft=True),
        article(4, "For partners", user_segment_id=99),
        article(5, "Nothing yet", body=""),
        article(1, "Rückgabe", locale="de"),
    ],
    "count": 6,
}


@pytest.mark.parametrize("apart", [False, True])
def test_an_export_of_zendesk_keeps_title_section_and_address(apart: bool) -> None:
    whole = ZENDESK | SECTIONS | CATEGORIES
    files = {"hc/articles.json": json.dumps(ZENDESK), "hc/sections.json": json.dumps(SECTIONS),
             "hc/categories.json": json.dumps(CATEGORIES)} if apart else {"guide.json": json.dumps(whole)}  # fmt: skip
    found = read(files)
    assert filed(found) == {
        "Returning": ("Returns", f"{HOST}/articles/1-x"),
        "Exchanges": ("Bikes: Basics", f"{HOST}/articles/2-x"),
    }
    text = found.papers[0].document.text
    assert text.startswith("## How long?")
    assert "https://shop.zendesk.com/hc/en-gb/articles/2" in text, "its links are whole"


def test_what_is_not_for_everybody_is_left_out_and_each_cause_is_one_warning() -> None:
    found = read({"guide.json": json.dumps(ZENDESK | SECTIONS | CATEGORIES)})
    causes = {each.split(":")[0]: each for each in found.refused}
    assert len(causes) == len(found.refused) == 5
    assert "“Not ready”" in causes["drafts were left out"]
    assert "“For partners”" in next(
        each for cause, each in causes.items() if cause.startswith("articles that only some")
    )
    assert "Rückgabe (de)" in causes["texts in other languages were left out"]


def test_a_site_that_speaks_another_language_gets_its_own_text() -> None:
    found = read({"guide.json": json.dumps(ZENDESK | SECTIONS)}, locale="de")
    assert "Rückgabe" in filed(found)
    assert "Returning" not in filed(found)


@pytest.mark.parametrize(
    ("broken", "why"),
    [("{", "cannot be read as JSON"), ('{"articles": [' * 80, "cannot be read as JSON"), ("[" * 200_000, "as JSON")],
)
def test_a_damaged_export_is_refused_with_its_cause(broken: str, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        read({"guide.json": broken})


def test_json_that_is_no_export_is_named_and_the_rest_goes_on() -> None:
    found = read({"package.json": '{"name": "x"}', "a.md": "# A\n\nWords."})
    assert [paper.path for paper in found.papers] == ["a.md"]
    assert ".json is not supported" in found.refused[0]


# ── Intercom Articles ─────────────────────────────────────────────────────────────────────────────────────────

INTERCOM = {
    "type": "list",
    "data": [
        {"type": "article", "id": "1", "title": "Returning", "description": "In short: 30 days.", "body": BODY,
         "state": "published", "url": "https://help.shop.example/en/articles/1", "parent_id": 7,
         "parent_type": "collection", "default_locale": "en",
         "translated_content": {"fr": {"title": "Retours", "body": "<p>Trente jours.</p>", "state": "published"}}},
        {"type": "article", "id": "2", "title": "Soon", "body": BODY, "state": "draft", "parent_id": None},
    ],
}  # fmt: skip
COLLECTIONS = {"type": "list", "data": [{"type": "collection", "id": "7", "name": "Sending back"}]}


def test_an_export_of_intercom_keeps_title_collection_and_address() -> None:
    found = read({"articles.json": json.dumps(INTERCOM), "collections.json": json.dumps(COLLECTIONS)})
    assert filed(found) == {"Returning": ("Sending back", "https://help.shop.example/en/articles/1")}
    assert found.papers[0].document.text.startswith("In short: 30 days.")
    assert [each.split(":")[0] for each in found.refused] == [
        "texts in other languages were left out",
        "drafts were left out",
    ]
    assert "Retours" in filed(read({"a.json": json.dumps(INTERCOM)}, locale="fr"))


def test_a_table_of_articles_is_read_row_by_row_and_one_of_questions_is_not() -> None:
    out = io.StringIO()
    csv.writer(out).writerows([
        ["Title", "Body", "Status", "Collection", "URL"],
        ["Returning", BODY, "Published", "Sending back", "https://help.shop.example/1"],
        ["Soon", BODY, "Draft", "Sending back", ""],
        ["Hours", "<p>Nine to five.</p>" * 900, "published", "Shops", ""],
    ])  # fmt: skip
    found = read({"articles.csv": out.getvalue()})
    assert filed(found)["Returning"] == ("Sending back", "https://help.shop.example/1")
    assert filed(found)["Hours"] == ("Shops", "")
    assert found.refused == ["drafts were left out: “Soon”"]
    pairs = read({"faq.csv": "question,answer\nHow long?,<p>30 days</p>\nWhen?,<p>Nine</p>\n"})
    assert "## How long?" in pairs.papers[0].document.text


# ── Folders of documentation ──────────────────────────────────────────────────────────────────────────────────

MKDOCS = """site_name: Shop
site_url: https://docs.shop.example/help/
markdown_extensions:
  - pymdownx.emoji:
      emoji_generator: !!python/name:material.extensions.emoji.to_svg
nav:
  - index.md
  - Sending back:
      - Returning: returns/how.md
      - Deeper:
          - returns/exchange.md
  - Elsewhere: https://shop.example
"""


def test_a_folder_of_mkdocs_is_filed_as_its_menu_says() -> None:
    found = read({
        "shop/mkdocs.yml": MKDOCS, "shop/README.md": "# For developers\n\nRun make.", "shop/docs/img/a.png": b"\x89PNG",
        "shop/docs/index.md": "# Help\n\nWords.", "shop/docs/returns/how.md": "# How\n\nSend it.",
        "shop/docs/returns/exchange.md": "# Exchanging\n\nBring it.", "shop/docs/extra/more.md": "# More\n\nWords.",
    })  # fmt: skip
    assert filed(found) == {
        "Help": ("", "https://docs.shop.example/help/"),
        "Returning": ("Sending back", "https://docs.shop.example/help/returns/how/"),
        "Exchanging": ("Sending back", "https://docs.shop.example/help/returns/exchange/"),
        "More": ("Extra", "https://docs.shop.example/help/extra/more/"),
    }
    assert found.refused == ["files that are no page of the documentation were left out: “shop/README.md”"]


def test_a_menu_that_never_ends_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"mkdocs\.yml: .*nested deeper"):
        read({"mkdocs.yml": "nav: " + "[" * 500, "docs/a.md": "# A\n\nWords."})
    lines = [
        f"{name}: &{name} [{','.join([of] * 9)}]"
        for name, of in zip("abcdef", ["x", "*a", "*b", "*c", "*d", "*e"], strict=True)
    ]
    with pytest.raises(DocumentError, match=r"mkdocs\.yml: .*aliases"):
        read({"mkdocs.yml": "\n".join([*lines, "nav: *f"]), "docs/a.md": "# A\n\nWords."})


SIDEBARS = """// @ts-check
/** @type {import('@docusaurus/plugin-content-docs').SidebarsConfig} */
const sidebars = {
  docs: [
    'intro',
    { type: 'category', label: "Sending back", link: {type: 'generated-index'}, items: ['returns/how', {
        type: 'category', label: 'Deeper', items: ['returns/exchange'],
    }] },
    { type: 'category', label: 'Shops', items: [{type: 'autogenerated', dirName: 'shops'}] },
    ...require('./more.js'),
  ],
};
export default sidebars;
"""
CONFIG = """export default {
  title: 'Shop',
  url: 'https://docs.shop.example',
  baseUrl: '/help/',
  presets: [['classic', {docs: {routeBasePath: '/'}}]],
};
"""


def test_a_folder_of_docusaurus_is_filed_as_its_sidebars_say() -> None:
    found = read({
        "site/docusaurus.config.js": CONFIG, "site/sidebars.js": SIDEBARS, "site/blog/new.md": "# News\n\nWe moved.",
        "site/docs/01-intro.md": "---\nslug: /\n---\n# Start\n\nWords.",
        "site/docs/returns/01-how.mdx": "---\ntitle: Returning\n---\nSend it.",
        "site/docs/returns/exchange.md": "---\nid: swap\ntitle: Exchanging\n---\nBring it.",
        "site/docs/shops/hours.md": "# Hours\n\nNine to five.",
        "site/docs/care/_category_.json": '{"label": "Looking after it", "position": 2}',
        "site/docs/care/wash.md": "# Washing\n\nBy hand.",
        "site/docs/_parts/_note.mdx": "A note.", "site/docs/later.md": "---\ndraft: true\n---\n# Later\n\nWords.",
    })  # fmt: skip
    assert filed(found) == {
        "Start": ("", "https://docs.shop.example/help/"),
        "Returning": ("Sending back", "https://docs.shop.example/help/returns/how"),
        "Exchanging": ("Sending back", "https://docs.shop.example/help/returns/swap"),
        "Hours": ("Shops", "https://docs.shop.example/help/shops/hours"),
        "Washing": ("Looking after it", "https://docs.shop.example/help/care/wash"),
    }
    assert [each.split(":")[0] for each in found.refused] == [
        "files that are no page of the documentation were left out",
        "parts that are only shown inside of other pages were left out",
        "drafts were left out",
    ]


@pytest.mark.parametrize(
    "text", ["= {" * 5000, "= [" * 5000, "x = {a: '" + "\\'" * 9000, "= {a: (((", "export default", ""]
)
def test_code_that_is_no_sidebar_ends(text: str) -> None:
    assert len(list(literal.stated(text))) <= 5000
