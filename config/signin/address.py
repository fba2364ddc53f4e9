"""Where a request comes from, as the door reads it of customers."""

import ipaddress

from django.http import HttpRequest

from chatbot.web import door


def of(request: HttpRequest) -> str:
    """The client's address; 0.0.0.0 for what is none."""
    found = door.address(request.META.get("REMOTE_ADDR", ""))
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return "0.0.0.0"  # noqa: S104  an address of nobody, for a socket of the file system
