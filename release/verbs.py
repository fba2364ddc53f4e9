"""What the REST verbs of this room share: one domain call each, and a refusal is a conflict that says why."""

from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework import status
from rest_framework.exceptions import APIException

from release.people import Refused


class Conflict(APIException):
    """A verb that cannot be done now; the sentence says why."""

    status_code = status.HTTP_409_CONFLICT


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a refusal of the domain into a Conflict."""
    try:
        yield
    except Refused as refusal:
        raise Conflict(str(refusal)) from refusal
