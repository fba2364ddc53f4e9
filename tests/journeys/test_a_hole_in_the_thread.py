"""What was acknowledged before the message in front of it came, and is then read from the start: it is shown once."""

import json

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage

pytestmark = pytest.mark.browser


class Holed(Script):
    """Acknowledges a message whose neighbour it has kept to itself."""

    holed = False

    def hear(self, socket: WebSocketRoute, text: str | bytes) -> None:
        if '"ask"' not in str(text) or self.holed:
            return super().hear(socket, text)
        self.holed = True
        self.add("c1", "agent", "I am looking.")
        self.heard.append(frame := json.loads(text))
        said = self.add("c1", "customer", frame["text"])
        socket.send(json.dumps({"type": "ack", "id": frame["id"], "seq": said["seq"]}))
        return None


def test_a_message_acknowledged_beyond_a_hole_does_not_wait_on_the_screen_for_good(stage: Stage) -> None:
    script = Holed("human", name="Ben")
    ada = visit(stage, script=script)
    ada.open()
    ada.write("Is it there?")
    expect(ada.dialog.locator("article.agent .text")).to_have_text(["I am looking."])
    expect(ada.dialog.locator("#pending .text")).to_have_count(0)
    assert [each.text for each in ada.messages if each.author == "customer"] == ["Is it there?"]
    assert script.asked() == ["Is it there?"]
