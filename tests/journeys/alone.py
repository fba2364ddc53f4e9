"""The door alone for a file of journeys: a server without the gated sample, quick to start, with one customer's key."""

import json
from pathlib import Path

from tests.chatbot.forgery import RINGS
from tests.server import Server


def door_alone(homes: Path, name: str, **env: str) -> Server:
    """A server of `tests.journeys.door`, started; the customers of Fernway can be signed in to it."""
    keys = {"HANDRAIL_IDENTITY_KEYS": json.dumps(RINGS)}
    return Server(homes / name, keys | env, module="tests.journeys.door").start()
