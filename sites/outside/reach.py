"""The one way out to addresses that people type in: pages to read in, webhooks to call.

Law of the room: nothing is asked of an address that is not public. A name is looked up once and the connection goes to
the address that was checked, for each redirect anew; all of it ends by its time and brings back at most its bytes.
"""

import contextlib
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from sites.core.refusal import Refused
from sites.outside import addresses

Resolver = Callable[[str, int, float], Sequence[str]]
Refusal = Callable[[str, int], str]

AGENT = "Handrail"
STEP = 65_536
"""Bytes handled at a time."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SECRETS = frozenset({"authorization", "cookie", "proxy-authorization"})


class Failed(Exception):
    """Nothing usable came: away, too slow, broken off. Trying again later may help."""


class TooLarge(Refused):
    """It is there, and more than was wanted."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, headers with lower-case names, the unpacked body, and the address it came from."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    limit: int,
    seconds: float,
    redirects: int = 0,
    barred: Callable[[str], str] = lambda url: "",
    resolver: Resolver = addresses.look_up,
    refusal: Refusal = addresses.refusal,
) -> Reply:
    """Send one request and read its reply: at most `limit` bytes, unpacked too, within `seconds` of wall clock in all.

    Follows at most `redirects` redirects, each checked like the first address. Raises Refused (never worth another try)
    or Failed (worth one). `barred` says of each address, redirects too, why it is not to be asked. `resolver` and
    `refusal` are for tests, which serve on addresses that are not public.
    """
    clock = _Clock(time.monotonic() + seconds, seconds)
    place, given = _place(url), dict(headers or {})
    for left in range(redirects, -1, -1):
        if why := barred(str(place)):
            raise Refused(why)
        backend = _Pinned(_addresses(place, resolver, refusal, clock), clock)
        reply = _exchange(backend, method, place, given, body, limit)
        if reply.status not in _REDIRECTS or "location" not in reply.headers:
            return reply
        if left == 0:
            raise Refused(f"{url} answers with a redirect to elsewhere; at most {redirects} are followed. {USE_LAST}")
        method, place, given, body = _redirected(reply, method, place, given, body)
    raise AssertionError("the last round returns or raises")


USE_LAST = "Use the address the page has in the browser."


def _place(url: str) -> httpx.URL:
    """The address, if it is one we may go to."""
    try:
        place = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused(f"{url[:200]!r} is not an address ({error}). Use one that begins with https://.") from None
    if place.scheme not in ("http", "https"):
        what = f"{place.scheme}:" if place.scheme else "no scheme"
        raise Refused(f"{url[:200]!r} has {what}, and only http: and https: are read. Use the address of a web page.")
    if not place.host:
        raise Refused(f"{url[:200]!r} names no server. Use an address like https://example.com/page.")
    if place.userinfo:
        raise Refused(f"The address of {place.host} carries a name or password. Leave them out.")
    return place.copy_with(fragment=None)


def _addresses(place: httpx.URL, resolver: Resolver, refusal: Refusal, clock: "_Clock") -> Sequence[str]:
    """Where a connection for this place may go: every address its name has, if all of them are public."""
    name, port = place.raw_host.decode("ascii").strip("[]"), _port(place)
    try:
        found = resolver(name, port, clock.left())
    except addresses.Unknown as error:
        raise Failed(f"{place.host} cannot be reached: {error}. Check the spelling of the address.") from None
    why = next(filter(None, (refusal(address, port) for address in found)), "" if found else "it has no address")
    if why:
        raise Refused(f"{place.host} may not be reached: {why}. Use a page that is public on the internet.")
    return found


def _port(place: httpx.URL) -> int:
    return {"http": 80, "https": 443}[place.scheme] if place.port is None else place.port


def _exchange(
    backend: "_Pinned", method: str, place: httpx.URL, headers: Mapping[str, str], body: bytes, limit: int
) -> Reply:
    """One request, one reply, on a connection of its own."""
    said = {"User-Agent": AGENT, "Accept-Encoding": "gzip", "Connection": "close"} | dict(headers)
    target = httpcore.URL(
        scheme=place.raw_scheme, host=place.raw_host, port=_port(place), target=place.raw_path or b"/"
    )
    secure = httpx.create_ssl_context() if place.scheme == "https" else None
    with (
        _explained(place, backend.clock),
        httpcore.ConnectionPool(ssl_context=secure, network_backend=backend) as pool,
        pool.stream(method, target, headers=list(said.items()), content=body or None) as response,
    ):
        got = _joined(response.headers)
        return Reply(response.status, got, _body(response.iter_stream(), got, limit, place), str(place))


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their names; the values of one that stands twice are joined, as they count together."""
    got: dict[str, str] = {}
    for name, value in headers:
        key, said = name.decode("latin-1").lower(), value.decode("latin-1")
        got[key] = f"{got[key]}, {said}" if key in got else said
    return got


def _body(chunks: Iterable[bytes], headers: Mapping[str, str], limit: int, place: httpx.URL) -> bytes:
    """The body, unpacked, cut off as soon as it or what it unpacks to is more than `limit` bytes."""
    coding, promised = headers.get("content-encoding", "identity").lower(), headers.get("content-length", "")
    if promised.isascii() and promised.isdigit() and (len(promised) > 18 or int(promised) > limit):
        raise _too_large(place, limit)
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise Refused(
            f"{place.host} sends its reply packed as {coding[:40]!r}, which is not read. Save it and upload it."
        )
    parts = _counted(chunks, limit, place)
    return b"".join(_counted(_unpacked(parts, place), limit, place) if "gzip" in coding else parts)


def _counted(chunks: Iterable[bytes], limit: int, place: httpx.URL) -> Iterator[bytes]:
    read = 0
    for chunk in chunks:
        read += len(chunk)
        if read > limit:
            raise _too_large(place, limit)
        yield chunk


def _unpacked(chunks: Iterable[bytes], place: httpx.URL) -> Iterator[bytes]:
    """What gzip holds, never more of it in memory than one step: the caller counts and breaks off."""
    packed = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            while chunk:
                yield packed.decompress(chunk, STEP)
                chunk = packed.unconsumed_tail
                if packed.eof and packed.unused_data:
                    packed, chunk = zlib.decompressobj(wbits=31), packed.unused_data
    except zlib.error:
        raise Failed(
            f"{place.host} sent a reply whose packing is damaged. Try again, or save it and upload it."
        ) from None
    if not packed.eof:
        raise Failed(f"{place.host} broke its reply off. Try again later.")


def _too_large(place: httpx.URL, limit: int) -> TooLarge:
    size = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit:,} bytes"
    return TooLarge(
        f"What {place.host} sends is larger than {size}, and was not read to its end. Use a smaller document."
    )


def _redirected(
    reply: Reply, method: str, place: httpx.URL, headers: dict[str, str], body: bytes
) -> tuple[str, httpx.URL, dict[str, str], bytes]:
    """The request a redirect asks for: what is secret stays with the server it was meant for."""
    try:
        there = _place(str(place.join(reply.headers["location"])))
    except httpx.InvalidURL:
        raise Refused(f"{place.host} redirects to what is not an address. {USE_LAST}") from None
    if place.scheme == "https" and there.scheme == "http":
        raise Refused(f"{place.host} redirects from https: to http:, which anybody on the way may change. {USE_LAST}")
    if (there.scheme, there.host, _port(there)) != (place.scheme, place.host, _port(place)):
        headers = {name: value for name, value in headers.items() if name.lower() not in _SECRETS}
    if reply.status == 303 or (reply.status in (301, 302) and method == "POST"):
        method, body = "HEAD" if method == "HEAD" else "GET", b""
        headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
    return method, there, headers, body


@contextlib.contextmanager
def _explained(place: httpx.URL, clock: "_Clock") -> Iterator[None]:
    """The errors of the line in words for the person who typed the address."""
    try:
        yield
    except httpcore.TimeoutException:
        raise Failed(f"{place.host} was not done within {clock.seconds:g} seconds. Try again later.") from None
    except httpcore.ConnectError as error:
        raise Failed(f"{place.host} cannot be reached ({error}). Check the address, or try again later.") from None
    except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
        why = str(error) or "the connection broke"
        raise Failed(f"{place.host} did not send a whole reply ({why[:200]}). Try again later.") from None
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
        raise Refused(f"The request to {place.host} cannot be sent ({error}). Check the address and headers.") from None


@dataclass(frozen=True, slots=True)
class _Clock:
    """The end of the whole exchange."""

    end: float
    seconds: float

    def left(self) -> float:
        """Seconds that are left."""
        return self.end - time.monotonic()

    def patience(self, error: type[httpcore.TimeoutException]) -> float:
        """Seconds that are left for one step; raises the error when there are none."""
        left = self.left()
        if left <= 0:
            raise error
        return left


class _Pinned(httpcore.NetworkBackend):
    """Connects to the checked addresses, whatever name it is told, and to nothing else."""

    def __init__(self, found: Sequence[str], clock: _Clock) -> None:
        self.found, self.clock, self._inner = found, clock, httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        for place, address in enumerate(self.found, 1):
            left = self.clock.patience(httpcore.ConnectTimeout)
            share = left / 2 if place < len(self.found) else left
            try:
                return _Timed(self._inner.connect_tcp(address, port, timeout=share), self.clock)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if place == len(self.found):
                    raise
        raise httpcore.ConnectError("no address")


class _Timed(httpcore.NetworkStream):
    """A connection whose every step ends by the end of the exchange: a server that drips gains nothing."""

    def __init__(self, inner: httpcore.NetworkStream, clock: _Clock) -> None:
        self._inner, self._clock = inner, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._clock.patience(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), STEP):
            self._inner.write(buffer[start : start + STEP], self._clock.patience(httpcore.WriteTimeout))

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: Any = None) -> "_Timed":
        left = self._clock.patience(httpcore.ConnectTimeout)
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, left), self._clock)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
