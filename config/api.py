"""`/api/v1/`: the rooms' own routes, side by side."""

from importlib import import_module

ROOMS = ("chatbot", "escalation", "release", "conversations", "knowledge")

urlpatterns = [route for room in ROOMS for route in import_module(f"{room}.api").routes]
