"""`make bench`: the figures of this machine, printed and written to `bench.json` under HANDRAIL_HOME.

Speed: a whole turn through the real socket on SQLite with 100 clients, beside the floor measured in the same run: one
query embedding, one exact vector search, one commit. Quality: the sample site's own scenarios. With CASES=DIR (a folder
of sites/ and scenarios/ in the formats of the docs) each of those is evaluated too.
"""

import asyncio
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil

from tests.client import Customer
from tests.server import BASE, Server, copy

HOME = Path(os.environ.get("HANDRAIL_HOME") or BASE / "var").resolve()
CLIENTS, TURNS = 100, 3000
figures: list[dict] = []


def figure(name: str, value: float, unit: str, n: int, **bounds: float) -> None:
    figures.append({"name": name, "value": round(value, 4), "unit": unit, "n": n, **bounds})
    goal = f"  goal {bounds['goal']:g}" if "goal" in bounds else ""
    print(f"  {name:<44} {value:>10.3f} {unit:<8} n={n}{goal}", flush=True)


def questions() -> list[str]:
    """The sample's answerable single-turn questions."""
    lines = [json.loads(x) for x in (BASE / "sample/scenarios/answers.jsonl").open(encoding="utf-8")]
    return [line["turns"][0] for line in lines if len(line["turns"]) == 1]


def floor(folder: Path, core: int = 0, turns: int = 400) -> float:
    """CPU seconds of one query embedding, one exact search over the site's vectors and one durable commit."""
    import numpy as np

    from knowledge.minilm import Encoder

    model = Encoder()
    with sqlite3.connect(folder / "handrail.sqlite3") as db:
        blobs = [row[0] for row in db.execute("select dense from knowledge_passagevectors")]
    matrix = np.vstack([np.frombuffer(blob, np.float32) for blob in blobs])
    target = sqlite3.connect(folder / f"floor{core}.sqlite3", isolation_level=None)
    target.executescript("pragma journal_mode=wal; pragma synchronous=full; create table if not exists t (v text)")
    asked = [f"{text} {n}" for n in range(turns // len(questions()) + 1) for text in questions()][:turns]
    model.encode(["warm"])
    began = resource.getrusage(resource.RUSAGE_SELF)
    for text in asked:
        vector = model.encode([text])[0]
        best = np.argpartition(matrix @ vector, -8)[-8:]
        target.execute("begin immediate")
        target.execute("insert into t values (?)", (f"{text}{best}",))
        target.execute("commit")
    ended = resource.getrusage(resource.RUSAGE_SELF)
    return (ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime) / turns


async def load(server: Server, clients: int, turns: int) -> tuple[list[float], float, float]:
    """A closed loop of `clients`; returns the latencies (s), the wall time (s) and the server's CPU time (s)."""
    customers = [Customer(server.ws) for _ in range(clients)]
    await asyncio.gather(*(c.open() for c in customers))
    asked, rng = questions(), random.Random(1)
    latencies: list[float] = []
    left = iter(range(turns))

    async def one(customer: Customer) -> None:
        for n in left:
            began = time.perf_counter()
            key = await customer.say(f"{rng.choice(asked)} {n}"[:300])
            await customer.until(lambda key=key: customer.reply(key) or customer.state != "bot", 60)
            if customer.reply(key):
                latencies.append(time.perf_counter() - began)
            if customer.state != "bot":
                await customer.send({"type": "leave"})
                await customer.until(lambda: customer.state == "bot")

    process = psutil.Process(server.process.pid)
    before, began = process.cpu_times(), time.perf_counter()
    await asyncio.gather(*(one(c) for c in customers))
    wall, after = time.perf_counter() - began, process.cpu_times()
    await asyncio.gather(*(c.close() for c in customers))
    return latencies, wall, after.user + after.system - before.user - before.system


def speed(folder: Path) -> None:
    print("\nA whole turn through the socket, SQLite, embedded Chroma")
    home = copy(folder, "speed")
    server = Server(home, {"DEBUG": "0", "SECRET_KEY": "bench"}).start()
    try:
        asyncio.run(load(server, 10, 200))
        latencies, wall, cpu = asyncio.run(load(server, CLIENTS, TURNS))
    finally:
        server.stop()
    base = floor(home)
    with ProcessPoolExecutor(2) as both:
        busy = statistics.mean(both.map(floor, [home, home], [1, 2]))
    latencies.sort()
    n = len(latencies)
    figure("turn p50, 100 clients", statistics.median(latencies) * 1000, "ms", n)
    figure("turn p99, 100 clients", latencies[int(n * 0.99)] * 1000, "ms", n)
    figure("turns a second", n / wall, "1/s", n)
    figure("CPU a turn", cpu / n * 1000, "ms", n)
    figure("CPU of the floor, the machine idle", base * 1000, "ms", 400)
    figure("CPU of the floor, two at once", busy * 1000, "ms", 800)
    figure("CPU a turn over the floor, the machine idle", cpu / n / base, "x", n, goal=2.0)
    figure("CPU a turn over the floor, two at once", cpu / n / busy, "x", n, goal=2.0)


def quality(folder: Path) -> None:
    print("\nThe sample site's scenarios")
    server = Server(copy(folder, "quality"))
    files = [str(f) for f in sorted((BASE / "sample/scenarios").glob("*.jsonl"))]
    out = folder / "report.json"
    server.manage("evaluate", "--site", "fernway", *files, "--out", str(out), check=False)
    report = json.loads(out.read_text())
    cases = report["cases"]
    figure("sample scenarios passed", sum(c["passed"] for c in cases) / len(cases), "share", len(cases), goal=1.0)
    figure("evaluate, one case p50", statistics.median(c["ms"] for c in cases), "ms", len(cases))
    known = folder / "limits.json"
    limits = str(BASE / "sample/limits/known.jsonl")
    server.manage("evaluate", "--site", "fernway", limits, "--out", str(known), check=False)
    beyond = json.loads(known.read_text())["cases"]
    figure("known limits passed all the same", sum(c["passed"] for c in beyond) / len(beyond), "share", len(beyond))
    if cases_folder := os.environ.get("CASES"):
        for scenarios in sorted(Path(cases_folder).glob("scenarios/*.jsonl")):
            external(server, Path(cases_folder), scenarios, folder)


def external(server: Server, cases: Path, scenarios: Path, folder: Path) -> None:
    """One site of CASES: load it, evaluate its scenarios."""
    site = cases / "sites" / scenarios.stem
    if not site.is_dir():
        return
    server.manage("load_site", str(site))
    out = folder / f"{scenarios.stem}.json"
    began = time.monotonic()
    server.manage("evaluate", "--site", scenarios.stem, str(scenarios), "--out", str(out), check=False)
    result = json.loads(out.read_text())["cases"]
    figure(f"{scenarios.stem}: passed", sum(c["passed"] for c in result) / len(result), "share", len(result))
    figure(f"{scenarios.stem}: seconds", time.monotonic() - began, "s", len(result))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DEBUG", "1")
    folder = HOME / "bench"
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    folder.mkdir(parents=True)
    speed(folder)
    quality(folder)
    (HOME / "bench.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(f"\n  {HOME / 'bench.json'}")


if __name__ == "__main__":
    sys.exit(main())
