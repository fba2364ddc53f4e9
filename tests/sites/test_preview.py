"""A page is shown with the widget on it, and nothing of its own that acts comes along."""

import re

import pytest

from sites.outside import preview
from sites.outside.placed import Fetched


def drawn(html: str) -> str:
    page = Fetched("https://shop.example/a?b&c", html, ())
    return preview.drawn(page, "shop", "https://chat.example").partition(">" + "<base")[2]


def test_what_is_drawn_stays_and_its_addresses_lead_to_its_own_server() -> None:
    html = '<html lang="en"><head><title>A &amp; B</title><link rel="stylesheet" href="x.css"></head><body class="a">'
    page = drawn(html + "<style>p > b { color: red }</style><p>Hi <b>there</b> &lt;3<br/><img src=y.png></p>")
    assert page.startswith(' href="https://shop.example/a?b&amp;c"><html lang="en">')
    for kept in ("<title>A &amp; B</title>", 'href="x.css"', "p > b { color: red }", "&lt;3", '<img src="y.png">'):
        assert kept in page


@pytest.mark.parametrize(
    "evil",
    [
        "<script>steal()</script>",
        '<script src="/w/v1.js" data-host="https://evil.example"></script>',
        '<img src=x onerror="steal()">',
        '<a href="java\nscript:steal()">x</a>',
        "<iframe srcdoc='<script>steal()</script>'></iframe>",
        "<object data='steal()'><embed src='steal()'></object>",
        "<base href='https://steal()/'>",
        "<meta http-equiv=refresh content='0;url=steal()'>",
        "<form action='steal()'><button formaction='steal()'>x</button></form>",
        "<svg><style><img src=x onerror=steal()></style></svg>",
        "<noscript><p title='</noscript><img src=x onerror=steal()>'></noscript>",
        "<xmp><p title='</xmp><img src=x onerror=steal()>'></xmp>",
        "<link rel=import href='steal()'>",
        '<a"b onclick=steal()>x</a"b>',
    ],
)
def test_what_acts_is_left_out(evil: str) -> None:
    page = drawn(f"<p>before</p>{evil}<p>after</p>")
    assert "<p>before</p>" in page
    assert "<script" not in page
    assert not re.search(r"<[^>]* on\w+=", page)
    for tag in ("<iframe", "<object", "<embed", "<meta", "<link", "srcdoc", "action", "javascript:"):
        assert tag not in page
    assert page.count("<base") == 0
    assert "<img src=x" not in page


def test_a_page_that_its_scripts_draw_is_called_bare() -> None:
    assert preview.bare(Fetched("https://shop.example", "<div id=root></div><script>draw(1)</script>" * 9, ()))
    assert not preview.bare(Fetched("https://shop.example", "<p>" + "Words of a page. " * 9, ()))
