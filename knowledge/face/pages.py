"""The content owners' pages and addresses, and the routes under /api/."""

from knowledge.web import api
from knowledge.web.views import staff

__all__ = ["api", "staff"]
