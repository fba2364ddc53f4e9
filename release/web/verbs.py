"""What the REST verbs of this room share: one domain call each, and a refusal is a conflict that says why."""

from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.views import APIView

from sites.core.refusal import Refused


class Conflict(APIException):
    """A verb that cannot be done now; the sentence says why."""

    status_code, default_code = status.HTTP_409_CONFLICT, "conflict"


def reads(permission: str) -> type[IsAdminUser]:
    """Staff who may open the pages on the same rows: the model permission, as `app.action_model`."""

    class Reads(IsAdminUser):
        def has_permission(self, request: Request, view: APIView) -> bool:
            return super().has_permission(request, view) and request.user.has_perm(permission)

    return Reads


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a refusal of the domain into a Conflict."""
    try:
        yield
    except Refused as refusal:
        raise Conflict(str(refusal)) from refusal
