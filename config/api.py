"""`/api/v1/`: the rooms' own routes, side by side."""

import conversations.api
import escalation.web.api
from chatbot.web import api as chatbot_api
from chatbot.web import suggest_api
from knowledge.face.pages import api as knowledge_api
from release.web import api as release_api

urlpatterns = [
    *chatbot_api.routes,
    *suggest_api.routes,
    *escalation.web.api.routes,
    *release_api.routes,
    *conversations.api.routes,
    *knowledge_api.routes,
]
