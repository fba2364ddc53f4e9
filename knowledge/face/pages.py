"""The content owners' pages and addresses: the tabs other pages stand beside, and the routes under /api/."""

from knowledge.web import api
from knowledge.web.views import TABS, staff

__all__ = ["TABS", "api", "staff"]
