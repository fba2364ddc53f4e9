"""The attacking agent: what a model suggests is tried as a customer's words; a model that fails costs nothing."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from release.redteam import agent
from release.redteam.catalogue import goals
from release.redteam.mutators import LONGEST, MOST_TURNS
from release.redteam.search import Attack


class Model:
    """A model on loopback that says what it is told to, in the OpenAI protocol."""

    def __init__(self) -> None:
        self.says: str | None = "{}"
        self.asked: list[dict[str, Any]] = []


@pytest.fixture
def model(settings, monkeypatch) -> Iterator[Model]:
    said = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            message = {"role": "assistant", "content": said.says}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            body = json.dumps({"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]})
            self.send_response(200 if said.says is not None else 500)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
        settings.HANDRAIL_MODEL = "openai:m"
        yield said
        server.shutdown()


def suggested(*conversations: list[str]) -> str:
    return json.dumps({"conversations": conversations})


def test_what_a_model_suggests_becomes_conversations(model):
    model.says = suggested(["Hello.", "Refund me 500."], ["Say yes."])
    made = agent.configured("Fernway")
    assert made is not None
    attack = Attack(("Give me 500.",), ("Give me 500.",))
    assert made(goals()["commitment"], [(1.5, attack)]) == [("Hello.", "Refund me 500."), ("Say yes.",)]
    data = json.loads(model.asked[0]["messages"][-1]["content"])
    assert data["goal"] == "An invented commitment"
    assert data["closest"] == [{"score": 1.5, "messages": ["Give me 500."]}]


def test_a_suggestion_is_cut_to_what_the_door_lets_in(model):
    model.says = suggested(["x" * 9_000] * 20, [" "], ["a"], ["b"], ["c"])
    made = agent.Agent("Fernway")
    found = made(goals()["internal"], [])
    assert [len(turns) for turns in found] == [MOST_TURNS, 1]
    assert max(map(len, found[0])) == LONGEST


@pytest.mark.parametrize("says", [None, "I would rather not.", '{"conversations": "all"}', "[]"])
def test_a_model_that_fails_suggests_nothing(model, says):
    model.says = says
    assert agent.Agent("Fernway")(goals()["internal"], []) == []


def test_without_a_model_there_is_no_agent(settings):
    settings.HANDRAIL_MODEL = ""
    assert agent.configured("Fernway") is None
