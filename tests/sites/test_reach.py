"""The way out: public addresses only, whatever a name or a redirect says; bounded in time and memory."""

import gzip
import ipaddress
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from sites.core.refusal import Refused
from sites.outside import reach
from tests.hostile.conftest import until
from tests.hostile.server import STALLS, Exchange, Hostile, hostile

MB = 1_000_000
OURS = "127.0.0.1"  # plays a public address in these tests; every other stays what it is


def refusal(address: str, port: int) -> str:
    return "" if address == OURS else f"{address} is not a public address"


def names(address: str) -> Any:
    return lambda name, port, seconds: [address if not name[0].isdigit() else name]


def _flood(e: Exchange) -> None:
    e.send(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(200):
        e.send(b" " * MB)


def _promise(e: Exchange) -> None:
    e.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
    for _ in range(200):
        e.send(b" " * MB)


def _redirect(place: str, status: str = "302 There") -> Any:
    return lambda e: e.reply(b"", status, Location=place)


def _onwards(e: Exchange) -> None:
    e.reply(b"", "302 There", Location=f"/{len(e.server.asked)}")


def _once(e: Exchange) -> None:
    e.reply(b"", "302 There", Location="/arrived") if b"/start" in _line(e) else e.reply(b"welcome")


def _line(e: Exchange) -> bytes:
    return e.request["head"].split("\r\n")[0].encode()


PAGE = b"<h1>Returns</h1>" * 1000
BOMB = gzip.compress(bytes(200 * MB))
HABITS = STALLS | {
    "a page": lambda e: e.reply(PAGE, Content_Type="text/html"),
    "a packed page": lambda e: e.reply(gzip.compress(PAGE), Content_Encoding="gzip"),
    "a page packed in two": lambda e: e.reply(gzip.compress(PAGE) * 2, Content_Encoding="gzip"),
    "a page packed and broken off": lambda e: e.reply(gzip.compress(PAGE)[:-9], Content_Encoding="gzip"),
    "a page packed badly": lambda e: e.reply(b"no gzip at all", Content_Encoding="gzip"),
    "a page packed twice": lambda e: e.reply(gzip.compress(gzip.compress(PAGE)), Content_Encoding="gzip, gzip"),
    "a page packed otherwise": lambda e: e.reply(b"?", Content_Encoding="br"),
    "a bomb": lambda e: e.reply(BOMB, Content_Encoding="gzip"),
    "a flood": _flood,
    "a promise": _promise,
    "one redirect": _once,
    "endless redirects": _onwards,
    "a redirect inside": _redirect("http://169.254.169.254/latest/meta-data/"),
    "a redirect by name": _redirect("http://inside.example/"),
    "a redirect to a file": _redirect("file:///etc/passwd"),
    "a redirect with a password": _redirect("http://eve:secret@cdn.example/"),
    "a redirect to no address": _redirect("http://shop.example:no-port/"),
    "not found": lambda e: e.reply(b"gone", "404 Not Found"),
    "half a page": lambda e: e.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<h1>Ret"),
    "nothing": lambda e: None,
    "no web server": lambda e: e.send(b"220 mail.example ESMTP\r\n"),
    "endless headers": lambda e: e.send(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000),
}


@pytest.fixture(scope="module")
def running() -> Iterator[Hostile]:
    with hostile(HABITS) as server:
        yield server


@pytest.fixture
def server(running: Hostile) -> Hostile:
    running.asked.clear()
    running.sent = 0
    return running


def get(server: Hostile, habit: str, path: str = "/", seconds: float = 20.0, **more: Any) -> reach.Reply:
    server.habit = habit
    port = server.server_address[1]
    chosen = {"resolver": names(OURS), "refusal": refusal, "limit": MB, "redirects": 5} | more
    method = chosen.pop("method", "GET")
    return reach.send(method, f"http://shop.example:{port}{path}", seconds=seconds, **chosen)


# ── What is public is read ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("habit", "times"), [("a page", 1), ("a packed page", 1), ("a page packed in two", 2)])
def test_a_page_comes_back_unpacked(server, habit, times):
    reply = get(server, habit)
    assert (reply.status, reply.body) == (200, PAGE * times)


def test_a_refusal_of_the_server_is_a_reply(server):
    assert (get(server, "not found").status, get(server, "not found").body) == (404, b"gone")


def test_the_server_hears_the_name_that_was_typed_and_no_fragment(server):
    get(server, "a page", "/help?a=1#part")
    head = server.asked[-1]["head"]
    assert head.startswith("GET /help?a=1 HTTP/1.1\r\n")
    assert f"Host: shop.example:{server.server_address[1]}" in head


def test_a_body_is_sent_with_its_headers(server):
    get(server, "a page", method="POST", body=b'{"ada": 1}', headers={"X-Signature": "s", "Content-Type": "text/json"})
    assert server.asked[-1]["ada"] == 1
    assert "X-Signature: s" in server.asked[-1]["head"]


def test_a_redirect_is_followed_and_the_reply_says_where_it_came_from(server):
    reply = get(server, "one redirect", "/start")
    assert (reply.body, reply.url) == (b"welcome", f"http://shop.example:{server.server_address[1]}/arrived")


# ── What is not public is not asked for anything ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/passwd", "has file:, and only http: and https: are read"),
        ("ftp://shop.example/x", "has ftp:"),
        ("gopher://shop.example/x", "has gopher:"),
        ("data:text/html,hello", "has data:"),
        ("//shop.example/x", "has no scheme"),
        ("shop", "has no scheme"),
        ("", "has no scheme"),
        ("http://", "names no server"),
        ("http:///etc/passwd", "names no server"),
        ("http://ada:secret@shop.example/", "carries a name or password"),
        ("http://shop.example:port/", "is not an address"),
        ("http://[::1/", "is not an address"),
        ("http://shop.example/\r\nX: y", "is not an address"),
    ],
)
def test_an_address_of_another_kind_is_refused_with_the_reason(url, why):
    with pytest.raises(Refused, match=why):
        reach.send("GET", url, limit=MB, seconds=5, resolver=names(OURS), refusal=refusal)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "https://10.0.0.1/",
    ],
)
def test_an_address_inside_is_refused_as_it_is_used_in_earnest(url):
    with pytest.raises(Refused, match="is not a public address"):
        reach.send("GET", url, limit=MB, seconds=5)


def test_a_port_of_something_else_is_refused():
    with pytest.raises(Refused, match="port 6379 is not one of"):
        reach.send("GET", "http://8.8.8.8:6379/", limit=MB, seconds=5)


def test_a_name_with_one_address_inside_is_refused_whole(server):
    with pytest.raises(Refused, match=r"10\.0\.0\.1 is not a public address"):
        get(server, "a page", resolver=lambda *_: [OURS, "10.0.0.1"])
    assert not server.asked


def test_a_name_without_an_address_is_refused(server):
    with pytest.raises(Refused, match="it has no address"):
        get(server, "a page", resolver=lambda *_: [])


def test_a_name_that_changes_its_address_is_looked_up_once_and_reached_where_it_was_checked(server):
    looked_up = []

    def rebinding(name: str, port: int, seconds: float) -> Sequence[str]:
        looked_up.append(name)
        return [OURS] if len(looked_up) == 1 else ["169.254.169.254"]

    assert get(server, "a page", resolver=rebinding).body == PAGE
    assert looked_up == ["shop.example"]
    assert len(server.asked) == 1


def test_a_name_that_changes_its_address_between_redirects_is_refused(server):
    answers = iter([[OURS], ["169.254.169.254"]])
    with pytest.raises(Refused, match=r"169\.254\.169\.254 is not a public address"):
        get(server, "endless redirects", resolver=lambda *_: next(answers))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("habit", "why"),
    [
        ("a redirect inside", r"169\.254\.169\.254 is not a public address"),
        ("a redirect by name", r"inside\.example may not be reached: 10\.0\.0\.7 is not a public address"),
        ("a redirect to a file", "only http: and https: are read"),
        ("a redirect with a password", "carries a name or password"),
        ("a redirect to no address", "what is not an address"),
        ("endless redirects", "at most 5 are followed"),
    ],
)
def test_a_redirect_is_checked_like_the_address_that_was_typed(server, habit, why):
    def resolver(name: str, port: int, seconds: float) -> Sequence[str]:
        return {"shop.example": [OURS], "inside.example": ["10.0.0.7"]}.get(name, [name])

    with pytest.raises(Refused, match=why):
        get(server, habit, resolver=resolver)
    assert len(server.asked) == (6 if habit == "endless redirects" else 1)


def test_secrets_are_not_carried_to_another_server(server):
    port = server.server_address[1]
    server.habits["elsewhere"] = lambda e: (
        e.reply(b"there")
        if "Host: cdn.example" in e.request["head"]
        else e.reply(b"", "307 There", Location=f"http://cdn.example:{port}/")
    )
    secret = {"Authorization": "Bearer s", "X-Kind": "page"}
    assert get(server, "elsewhere", headers=secret, method="POST", body=b"{}").body == b"there"
    first, second = ([h.split(":")[0] for h in asked["head"].split("\r\n")] for asked in server.asked)
    assert {"Authorization", "X-Kind"} <= set(first)
    assert "X-Kind" in second
    assert "Authorization" not in second


# ── What comes is bounded ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("habit", ["a flood", "a promise", "a bomb"])
def test_too_much_is_cut_off_and_never_held(server, habit):
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match=r"shop\.example sends is larger than 1 MB"):
            get(server, habit)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert server.sent < 60 * MB, "what the sockets hold, not the 200 MB that were on their way"
    assert peak < 8 * MB


@pytest.mark.parametrize("habit", STALLS)
def test_a_server_that_drips_or_stalls_is_left_at_the_end_of_the_time(server, habit):
    with pytest.raises(reach.Failed, match=r"was not done within 0\.4 seconds"):
        get(server, habit, seconds=0.4)
    assert until(lambda: server.open == 0)


def test_a_slow_look_up_is_left_at_the_end_of_the_time(monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(5) or [])
    with pytest.raises(reach.Failed, match="the look-up of its name took too long"):
        reach.send("GET", "http://slow.example/", limit=MB, seconds=0.2)


@pytest.mark.parametrize(
    ("habit", "why"),
    [
        ("a page packed and broken off", "broke its reply off"),
        ("a page packed badly", "packing is damaged"),
        ("half a page", "did not send a whole reply"),
        ("nothing", "did not send a whole reply"),
        ("no web server", "did not send a whole reply"),
        ("endless headers", "did not send a whole reply"),
    ],
)
def test_a_broken_reply_is_a_failure_that_may_pass(server, habit, why):
    with pytest.raises(reach.Failed, match=why) as failed:
        get(server, habit)
    assert not isinstance(failed.value, Refused)


@pytest.mark.parametrize("habit", ["a page packed twice", "a page packed otherwise"])
def test_other_packings_are_refused(server, habit):
    with pytest.raises(Refused, match="which is not read"):
        get(server, habit)


def test_nobody_there_is_a_failure_that_may_pass():
    with pytest.raises(reach.Failed, match="cannot be reached"):
        reach.send("GET", "http://shop.example:9/", limit=MB, seconds=5, resolver=names(OURS), refusal=refusal)


def test_the_next_address_is_tried_when_the_first_is_away(server):
    def both(address: str, port: int) -> str:
        return "" if ipaddress.ip_address(address).is_loopback else "inside"

    assert get(server, "a page", resolver=lambda *_: ["::1", OURS], refusal=both).body == PAGE
