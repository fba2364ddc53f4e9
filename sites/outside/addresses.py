"""Which addresses the public internet is made of, and the one look-up of a name.

Law of the room: an address is reached only when it is known to be public. What is unknown, reserved or carries another
address inside that is not public, is refused.
"""

import ipaddress
import queue
import socket
import threading
from collections.abc import Iterable, Sequence

PORTS = frozenset({80, 443, 8080, 8443})
"""The ports web pages and webhooks are served on; every other port is somebody's database, mail or console."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNICAST = ipaddress.ip_network("2000::/3")  # all that was ever given out to the public in IPv6
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_6TO4 = ipaddress.ip_network("2002::/16")
_CARRIED = ipaddress.ip_network("::/96")  # ::a.b.c.d; with ::1 and :: among them, which become 0.0.0.1 and 0.0.0.0
# What the ipaddress of Python 3.11 takes for public, and is not: protocol assignments, the 6to4 relays,
# the inside address of one large cloud, documentation.
_NOT_PUBLIC = [
    ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20")
]


class Unknown(Exception):
    """A name that could not be looked up; the text says why."""


def refusal(address: str, port: int) -> str:
    """Why this address and port are not to be reached; empty when they are public."""
    if port not in PORTS:
        return f"port {port} is not one of {', '.join(map(str, sorted(PORTS)))}"
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return f"{address} is not an address"
    return "" if _public(found) else f"{address} is not a public address"


def within(address: str, networks: Iterable[str], never: Iterable[str] = ()) -> bool:
    """Whether an address is in one of these networks and, with the address it may carry inside, in none of `never`."""
    found = ipaddress.ip_address(address)
    carried = [each for each in (found, _inner(found)) if each is not None]
    if any(each in ipaddress.ip_network(network) for network in never for each in carried):
        return False
    return any(found in ipaddress.ip_network(network) for network in networks)


def look_up(name: str, port: int, seconds: float) -> Sequence[str]:
    """The addresses of a name, in the system's order. Raises Unknown, also when that took longer than `seconds`."""
    answer: queue.SimpleQueue[Sequence[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answer.put(error)
        else:
            answer.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))

    # The system's look-up cannot be broken off, so it is left behind when it is late.
    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        result = answer.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise Unknown("the look-up of its name took too long") from None
    if isinstance(result, OSError | UnicodeError):
        raise Unknown(f"its name could not be looked up ({result})")
    return result


def _public(address: _Address) -> bool:
    inner = _inner(address)
    if inner is not None:
        return _public(inner)
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    known = address.is_global and not address.is_multicast and not address.is_reserved
    return known and not any(address in network for network in _NOT_PUBLIC if network.version == address.version)


def _inner(address: _Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _6TO4:
        return ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    if address in _NAT64 or address in _CARRIED or address.ipv4_mapped is not None:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
