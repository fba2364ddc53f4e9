"""A bundle is loaded while another site is being chatted with: no turn fails, the index ends whole, nothing leaks.

With CASES=DIR (a folder of sites/) the bundle is DIR/sites/rhobank; otherwise one that is made here.
"""

import asyncio
import json
import os
import random
import sqlite3
from pathlib import Path

import pytest
import yaml

from tests.client import Customer
from tests.conftest import count
from tests.server import Server, copy

pytestmark = [
    pytest.mark.alone,
    pytest.mark.timeout(1800),
    pytest.mark.proof,
]
QUESTIONS = [
    "How long do I have to return something?",
    "How do I wash my down jacket?",
    "hello",
    "Can I pay with PayPal?",
]
COLOURS = ["amber", "birch", "cobalt", "dune", "ember", "fern", "granite", "heather", "indigo", "juniper"]


def made(folder: Path, articles: int) -> Path:
    """A bundle about bicycle hire with that many articles, each tenth of them internal."""
    rng, rules = random.Random(5), []
    (folder / "knowledge").mkdir(parents=True)
    for n in range(articles):
        colour, price = COLOURS[n % 10], rng.randint(3, 90)
        secret = "internal" if n % 10 == 9 else "public"
        text = (
            f"# The {colour} plan {n}\n\nThe {colour} plan {n} costs £{price} a month. It includes {n + 2} rides a day."
            f"\n\n## Ending the {colour} plan {n}\n\n"
            f"You can end it with {n % 7 + 2} days of notice, unless a ride is unpaid.\n"
            + ("\nAgents may waive up to £77 under code SWORDFISH.\n" if secret == "internal" else "")
        )
        (folder / "knowledge" / f"plan-{n}.md").write_text(text, encoding="utf-8")
        rules.append({"match": f"plan-{n}.md", "categories": ["plans"], "audience": secret})
    (folder / "knowledge" / "defaults.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    examples = [f"What does the {c} plan cost?" for c in COLOURS] + ["How do I end my plan?", "how many rides"]
    category = {"slug": "plans", "title": "Plans", "exposure": "self_service", "examples": examples}
    site = {"version": 1, "site": "bikes", "name": "Bikes", "locale": "en", "origins": [], "categories": [category]}
    (folder / "site.yaml").write_text(yaml.safe_dump(site), encoding="utf-8")
    return folder


async def keep_asking(server: Server, stop: asyncio.Event, failed: list, answered: list) -> None:
    async with Customer(server.ws) as customer:
        for n in range(100_000):
            if stop.is_set():
                return
            reply = await customer.ask(QUESTIONS[n % len(QUESTIONS)] + "?" * (n % 3), 30)
            answered.append(reply["outcome"])
            if reply["outcome"] not in {"answer", "courtesy"}:
                failed.append((reply["outcome"], reply["text"]))


async def test_a_bundle_loaded_and_all_indexed_anew_beside_a_served_site_fails_no_turn_and_leaves_the_index_whole(
    homes, tmp_path
):
    cases = os.environ.get("CASES")
    bundle = Path(cases) / "sites" / "rhobank" if cases else made(tmp_path / "bikes", count(200, 40))
    site = yaml.safe_load((bundle / "site.yaml").read_text(encoding="utf-8"))["site"]
    server = Server(copy(homes, "beside")).start()
    try:
        stop, failed, answered = asyncio.Event(), [], []
        chats = [asyncio.create_task(keep_asking(server, stop, failed, answered)) for _ in range(3)]
        loaded = await asyncio.to_thread(server.manage, "load_site", str(bundle), check=False)
        again = await asyncio.to_thread(
            server.manage, "reindex", check=False
        )  # both sites, the one that is chatted with
        stop.set()
        await asyncio.gather(*chats)
        assert loaded.returncode == 0, loaded.stderr[-2000:]
        assert again.returncode == 0, again.stderr[-2000:]
        print(f"\n{len(answered)} turns beside a load and a new index: {again.stdout.strip()}")
        assert len(answered) > 10
        assert not failed
        audit = await asyncio.to_thread(server.manage, "audit_index", check=False)
        assert audit.returncode == 0, audit.stdout + audit.stderr
        question = "What benefits does the credit card have?" if cases else "What does the amber plan 10 cost?"
        asked = await asyncio.to_thread(server.manage, "ask", "--site", site, question, "--json")
        case = json.loads(asked.stdout)
        assert case["outcome"] == "answer", case
        assert case["citations"], case
        internal_never_surfaces(server, site)
    finally:
        server.stop()


def internal_never_surfaces(server: Server, site: str) -> None:
    """Each internal article's own title and first sentence as a question: never cited, never retrieved."""
    with sqlite3.connect(server.home / "handrail.sqlite3") as db:
        rows = db.execute(
            "select s.slug, r.title, substr(r.text, 1, 300) from knowledge_source s join knowledge_revision r "
            "on r.source_id = s.id join handrail_sites_site t on t.id = s.site_id "
            "where t.slug = ? and s.audience = 'internal'",
            [site],
        ).fetchall()
    assert rows
    slugs = {slug for slug, _, _ in rows}
    file = server.home / "internal.jsonl"
    lines = [
        {"id": f"{slug}-{n}", "turns": [text], "expect": {"never_cites": ["internal"]}}
        for slug, *texts in rows
        for n, text in enumerate(texts)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    server.manage("evaluate", "--site", site, str(file), "--out", str(server.home / "internal.json"), check=False)
    cases = json.loads((server.home / "internal.json").read_text())["cases"]
    assert len(cases) == 2 * len(rows)
    for case in cases:
        shown = {c["source"] for c in case["citations"]} | {r["source"] for r in case["retrieved"]}
        assert not shown & slugs, case["id"]
