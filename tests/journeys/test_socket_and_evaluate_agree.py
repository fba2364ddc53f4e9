"""The same questions through the real socket and through `evaluate`: same outcome, text and citations."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.client import Customer
from tests.conftest import count
from tests.server import BASE, Server, copy

pytestmark = [pytest.mark.alone, pytest.mark.timeout(900)]


def scenarios() -> list[dict]:
    """The sample's single-conversation scenarios for anonymous customers, in order."""
    lines = [
        json.loads(line)
        for f in sorted((BASE / "sample/scenarios").glob("*.jsonl"))
        for line in f.open(encoding="utf-8")
    ]
    return [line for line in lines if not line.get("audience")]


async def through_socket(server: Server, turns: list[str]) -> dict:
    async with Customer(server.ws) as customer:
        reply = {}
        for text in turns:
            reply = await customer.ask(text)
            if reply["outcome"] == "handoff":
                await customer.until(lambda: customer.state == "waiting")
                await customer.send({"type": "leave"})
                await customer.until(lambda: customer.state == "bot")
        return reply


async def test_200_scenarios_through_the_socket_and_through_evaluate_agree(homes, tmp_path):
    server = Server(copy(homes, "agree")).start()
    try:
        chosen = scenarios()[:: count(1, 4)][:200]
        file: Path = tmp_path / "chosen.jsonl"
        file.write_text("".join(json.dumps(s) + "\n" for s in chosen), encoding="utf-8")
        out = tmp_path / "report.json"
        await asyncio.to_thread(
            server.manage, "evaluate", "--site", "fernway", str(file), "--out", str(out), check=False
        )
        cases = {case["id"]: case for case in json.loads(out.read_text())["cases"]}
        assert len(cases) == len(chosen) >= count(150, 40)
        different = []
        for scenario in chosen:
            said, case = await through_socket(server, scenario["turns"]), cases[scenario["id"]]
            quotes = [c["quote"] for c in said["citations"]]
            if (said["outcome"], said["text"], quotes) != (
                case["outcome"],
                case["text"],
                [c["quote"] for c in case["citations"]],
            ):
                different.append(
                    (scenario["id"], case["outcome"], said["outcome"], case["text"][:80], said["text"][:80])
                )
        assert not different
    finally:
        server.stop()
