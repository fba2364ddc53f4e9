"""The file that is served is what its source builds to, and only that: one script, no map, nothing fetched."""

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from chatbot.web import chat
from conversations.wording import Spoken
from conversations.wording.spoken import LATER, with_the_second
from sites.models import Site

WIDGET = Path(settings.BASE_DIR) / "chatbot" / "widget"
BUILT = Path(settings.BASE_DIR) / "chatbot" / "static" / "handrail"
SERVED, MORE = BUILT / "v1.js", BUILT / "more.js"


def source_digest() -> str:
    """The same digest as `build.mjs` writes into the file's first line."""
    sources = (path for path in (WIDGET / "src").rglob("*") if path.suffix in {".css", ".js"})
    names = ["build.mjs", "package-lock.json", *(path.relative_to(WIDGET).as_posix() for path in sources)]
    parts = [name.encode() + b"\0" + (WIDGET / name).read_bytes() + b"\0" for name in sorted(names)]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


@pytest.mark.parametrize("file", [SERVED, MORE], ids=["v1", "more"])
def test_the_served_files_say_which_source_they_were_built_from(file: Path) -> None:
    first = file.read_text(encoding="utf-8").partition("\n")[0]
    assert source_digest() in first, "chatbot/widget has changed since the file was built: make widget"


def test_the_source_builds_to_the_very_file_that_is_served() -> None:
    node = shutil.which("node")
    if not node:
        pytest.skip("there is no Node here to build with")
    if not (WIDGET / "node_modules" / "esbuild").is_dir():
        pytest.skip("esbuild is not installed here: make widget")
    done = subprocess.run([node, "build.mjs", "--check"], cwd=WIDGET, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_what_is_served_is_the_built_file_with_its_words_and_names_no_map(client) -> None:
    reply = client.get("/w/v1.js")
    built = re.escape(SERVED.read_text(encoding="utf-8"))
    built = built.replace("__WORDS__", "(?P<words>.*)").replace("__MORE__", '"(?P<more>[^"]*)"')
    found = re.fullmatch(built, reply.content.decode(), re.S)
    assert found
    assert "Talk to a human" in found["words"]
    more = MORE.read_text(encoding="utf-8").replace("__WORDS__", json.dumps(with_the_second(), ensure_ascii=False))
    assert client.get("/w/more.js").content.decode() == more
    for path in ("/w/v1.js", "/w/more.js"):
        reply = client.get(path)
        assert b"sourceMappingURL" not in reply.content
        assert not {"SourceMap", "X-SourceMap"} & set(reply.headers)
    assert [path.name for path in SERVED.parent.glob("*.map")] == []


def test_the_first_file_holds_the_second_to_its_digest_and_no_cache_keeps_that_one_unasked(client) -> None:
    more = client.get("/w/more.js")
    digest = base64.b64encode(hashlib.sha256(more.content).digest()).decode()
    assert f"sha256-{digest}" in client.get("/w/v1.js").content.decode()
    assert more.headers["Cache-Control"] == "public, no-cache"
    assert more.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/w/more.js", headers={"If-None-Match": more.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(("file", "calls"), [(SERVED, r"\bfetch\("), (MORE, r"\bnew Worker")], ids=["v1", "more"])
def test_the_served_files_are_scripts_that_a_strict_policy_lets_run(file: Path, calls: str) -> None:
    script = file.read_text(encoding="utf-8")
    banned_ones = (r"\beval\(", r"\bFunction\(", r"\bimport\b\s*[({\"']", r"\.innerHTML", r"@import", r"url\(")
    for banned in (*banned_ones, calls):
        assert not re.search(banned, script), banned


def test_the_tools_are_pinned_by_version_and_hash_and_named_by_no_address() -> None:
    lock = json.loads((WIDGET / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert not any("resolved" in each for each in packages.values())
    wanted = json.loads((WIDGET / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted


@pytest.mark.django_db
@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("address", ["/w/v1.js", "/w/v1.js?site=shop"])
def test_all_that_a_first_answer_needs_weighs_less_than_18_kilobytes_in_each_language(client, locale, address) -> None:
    """The first file, and the words of the welcome that a widget of that file is sent."""
    shop = Site.objects.create(slug="shop", name="Shop", locale=locale, contact={"email": "help@fernway.example.com"})
    reply = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"
    script = gzip.decompress(reply.content).decode()
    held = re.search(r'[{,]version:"(\w+)"', script)
    frame = {"site": shop.slug, "words": held[1] if held else ""}
    words = chat.welcome(chat.open_thread(frame, "http://testserver", "testserver"), 0).get("words")
    assert bool(words) is (held is None) is ("?" not in address), "with the site's name they are all in the file"
    sent = gzip.compress(json.dumps(words, ensure_ascii=False).encode(), 9) if words else b""
    whole = len(reply.content) + len(sent)
    weighs = f"{address} in {locale}: {len(reply.content)} bytes and {len(sent)} of words, {whole} together"
    print(weighs)
    assert whole <= 18_000, weighs
    human = Spoken(locale).say("widget.human")
    assert human in script or (words or {}).get("human") == human


@pytest.mark.parametrize("locale", ["en", "de", "ar-XB"])
def test_the_words_that_come_with_the_files_and_with_the_welcome_are_all_there_are(locale: str) -> None:
    spoken = Spoken(locale)
    second = with_the_second().get(spoken.widget_language, {})
    for came in (Spoken().before | spoken.unheld(""), spoken.first):
        assert second | came == spoken.widget | {"version": came["version"]}


SAID = re.compile(r'say\(([^()]*)|(?:words|button|iconButton)\("[^"]*", ("\w+")|"data-(?:say|label)": ("\w+")')
"""Where the source says a word, and what it says: one in quotes, or one of several."""


def test_what_comes_with_the_second_file_is_not_said_by_the_first() -> None:
    sources = [path for path in (WIDGET / "src").rglob("*.js") if path.parent.name != "more"]
    places = [place for path in sources for place in SAID.findall(path.read_text(encoding="utf-8"))]
    said = {word for place in places for word in re.findall(r'"(\w+)"', "".join(place))}
    assert {"human", "asked", "will_ask", "nobody", "offline", "complain"} <= said
    assert said & LATER == {"sofar"}, "above a rating, which comes with the second"
