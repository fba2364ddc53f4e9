"""The widget's two files: `/w/v1.js`, which pages name, and `/w/more.js`, which the first fetches when it is wanted.

Law of the file: the first holds the second to its digest, so that both are of one build wherever they were kept.
"""

import base64
import functools
import hashlib
import json
import zlib
from collections.abc import Mapping
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_GET

from conversations.wording import Spoken
from conversations.wording.spoken import with_the_second
from sites.choices import hours
from sites.models import Site


@require_GET
def first(request: HttpRequest) -> HttpResponse:
    """`/w/v1.js`: all that a first answer needs, for any origin, revalidated by its digest.

    It has the words that may be read before the first connection; with `?site=SLUG` all of that site's, and how else to
    reach it, which a customer may need then. A name that is none is ignored here and refused at hello.
    """
    slug = request.GET.get("site")
    site = Site.objects.filter(slug=slug).first() if slug else None
    return _served(request, *_first(_put_in(site)), kept="public, max-age=300")


@require_GET
def more(request: HttpRequest) -> HttpResponse:
    """`/w/more.js`: the rest. It is asked for anew each time, for it must be of the build that fetches it."""
    return _served(request, *_more(), kept="public, no-cache")


def _served(request: HttpRequest, script: bytes, packed: bytes, etag: str, *, kept: str) -> HttpResponse:
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    headers = {
        "Vary": "Accept-Encoding",
        "ETag": etag,
        "Cache-Control": kept,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        script, headers["Content-Encoding"] = packed, "gzip"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers=headers)


def _put_in(site: Site | None) -> str:
    """What is put into the script: words before a connection; of a site its own, how to reach it, what it speaks."""
    if site is None:
        return _literal(Spoken().before)
    spoken = Spoken.of(site)
    known = {"speaks": spoken.widget_language, "contact": hours.availability(site).contact}
    return f"{_literal(spoken.first)},{json.dumps(known, ensure_ascii=False)}"


def _literal(words: Mapping[str, str]) -> str:
    return "{" + ",".join(f"{word}:{json.dumps(line, ensure_ascii=False)}" for word, line in words.items()) + "}"


@functools.lru_cache(maxsize=64)
def _first(put_in: str) -> tuple[bytes, bytes, str]:
    """The script, the same packed, and its tag."""
    digest = base64.b64encode(hashlib.sha256(_more()[0]).digest()).decode()
    script = _built("v1.js").replace("__MORE__", f'"sha256-{digest}"').replace("__WORDS__", put_in)
    return _whole(script)


@functools.cache
def _more() -> tuple[bytes, bytes, str]:
    """The second script with its words in every language: the same on every site, or no copy of the first would fit."""
    words = {tag: dict(lines) for tag, lines in with_the_second().items()}
    return _whole(_built("more.js").replace("__WORDS__", json.dumps(words, ensure_ascii=False)))


def _built(name: str) -> str:
    """One of the files as it was built. Raises FileNotFoundError."""
    found = finders.find(f"handrail/{name}")
    if not isinstance(found, str):
        raise FileNotFoundError("The widget's script is not among the static files: build it with `make widget`.")
    return Path(found).read_text(encoding="utf-8")


def _whole(script: str) -> tuple[bytes, bytes, str]:
    whole = script.encode()
    return whole, _packed(whole), f'"{hashlib.sha256(whole).hexdigest()[:20]}"'


def _packed(script: bytes) -> bytes:
    """As gzip, with smaller blocks than usual: of so short a file that saves bytes."""
    packing = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS, memLevel=7)
    return packing.compress(script) + packing.flush()
