"""`make bench`: the figures of this machine, printed and written to `bench.json` under HANDRAIL_HOME.

`python -m tests.bench indexing` takes one part alone, and writes `bench-indexing.json`; parts: ladder, speed,
record, guard, scale, indexing, quality.

Speed: a whole turn through the real socket on SQLite with 100 clients, beside the floor measured in the same run: one
query embedding, one exact vector search, one commit. Quality: the sample site's own scenarios, its answerable questions
typed in other ways, and questions at the edge of its articles' rules. With CASES=DIR (a folder of sites/ and scenarios/
in the formats of the docs) each of those is evaluated too. Shares carry Wilson 95 % intervals; two curves are drawn.
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
from types import SimpleNamespace

import psutil

from release.core.intervals import wilson
from release.scenarios import edges
from tests import beside, heldout, plots
from tests.client import Customer
from tests.server import BASE, Server, copy
from tests.variants import VARIANTS

HOME = Path(os.environ.get("HANDRAIL_HOME") or BASE / "var").resolve()
CLIENTS, TURNS = 100, 3000
INDEXED = 10_000 if os.environ.get("HANDRAIL_FULL") == "1" else 600  # passages
BESIDE = 10_000 if os.environ.get("HANDRAIL_FULL") == "1" else 1_500
SEED = 1  # of the typing errors
figures: list[dict] = []
judged: dict[str, list[tuple[dict, dict]]] = {}  # (scenario, case) by site, for the curves


def figure(name: str, value: float, unit: str, n: int, **bounds: float) -> None:
    if unit == "share":
        low, high = wilson(round(value * n), n)
        bounds |= {"low": round(low, 4), "high": round(high, 4)}
    figures.append({"name": name, "value": round(value, 4), "unit": unit, "n": n, **bounds})
    within = f"  [{bounds['low']:.3f}, {bounds['high']:.3f}]" if "low" in bounds else ""
    goal = f"  goal {bounds['goal']:g}" if "goal" in bounds else ""
    print(f"  {name:<44} {value:>10.3f} {unit:<8} n={n}{within}{goal}", flush=True)


def questions() -> list[str]:
    """The sample's answerable single-turn questions."""
    return [scenario["turns"][0] for scenario in answerable()]


def answerable() -> list[dict]:
    return [each for each in read(BASE / "sample/scenarios/answers.jsonl") if len(each["turns"]) == 1]


def read(*files: Path | str) -> list[dict]:
    return [json.loads(line) for file in files for line in Path(file).read_text("utf-8").splitlines() if line.strip()]


def floor(folder: Path, core: int = 0, turns: int = 400) -> float:
    """CPU seconds of one query embedding, one exact search over the site's vectors and one durable commit."""
    import numpy as np

    from knowledge.embedding.minilm import Encoder

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


def rest(home: Path, seconds: float = 300) -> None:
    """Wait until a server has done what its start left to do: the examples of a new release are tried once."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and beside.left(home):
        time.sleep(0.5)


def ladder(folder: Path) -> None:
    print("\nWhat a turn is made of, one thread")
    home = copy(folder, "ladder")
    env = {**os.environ, "DEBUG": "0", "SECRET_KEY": "bench", "HANDRAIL_HOME": str(home)}
    run = subprocess.run(
        [sys.executable, "-m", "tests.ladder", "300"], cwd=BASE, env=env, capture_output=True, check=True
    )
    seen = json.loads(run.stdout.splitlines()[-1])
    figure("CPU of the floor, the machine idle", floor(home) * 1000, "ms", 400)
    for name, value in seen["ms"].items():
        figure(f"CPU of a turn: {name}", value, "ms", 300)
    for name, value in seen["statements"].items():
        figure(f"statements of a turn: {name}", value, "1", 73)


def speed(folder: Path) -> None:
    print("\nA whole turn through the socket, SQLite, embedded Chroma")
    home = copy(folder, "speed")
    server = Server(home, {"DEBUG": "0", "SECRET_KEY": "bench"}).start()
    try:
        rest(home)
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


def record(folder: Path) -> None:
    print("\nThe record of a turn beside the whole turn, one thread")
    env = {**os.environ, "DEBUG": "0", "SECRET_KEY": "bench", "HANDRAIL_HOME": str(copy(folder, "record"))}
    run = subprocess.run(
        [sys.executable, "-m", "tests.recording", "400"], cwd=BASE, env=env, capture_output=True, check=True
    )
    seen = json.loads(run.stdout.splitlines()[-1])
    figure("CPU of the record, of a turn's", seen["record"] / seen["turn"], "x", 400, goal=0.15)


def guard(folder: Path) -> None:
    print("\nThe guard beside the one embedding of a message, on the sample's questions")
    env = {**os.environ, "DEBUG": "0", "SECRET_KEY": "bench", "HANDRAIL_HOME": str(copy(folder, "guard"))}
    run = subprocess.run(
        [sys.executable, "-m", "tests.screening"],
        cwd=BASE,
        env=env,
        input=json.dumps(questions()),
        capture_output=True,
        check=True,
        text=True,
    )
    seen = json.loads(run.stdout.splitlines()[-1])
    figure(
        "CPU of the guard beside the embedding", seen["screening"] - seen["embedding"], "ms", len(questions()), goal=1.5
    )
    figure("CPU of the embedding", seen["embedding"], "ms", len(questions()))


def scale(folder: Path) -> None:
    print("\nThe same turn on synthetic sites, one thread")
    medians = {}
    for passages in (1_000, 100_000):
        env = {**os.environ, "DEBUG": "0", "SECRET_KEY": "bench", "HANDRAIL_HOME": str(folder / f"scale-{passages}")}
        run = subprocess.run(
            [sys.executable, "-m", "tests.scale", str(passages)], cwd=BASE, env=env, capture_output=True, check=True
        )
        seen = json.loads(run.stdout.splitlines()[-1])
        medians[passages] = seen["turn"]
        figure(f"turn p50, {passages:,} passages", seen["turn"] * 1000, "ms", 200)
        figure(f"finding p50, {passages:,} passages", seen["find"] * 1000, "ms", 200)
        figure(f"five best among the candidates, {passages:,} passages", seen["recall"], "share", 1000)
    figure("turn at 100,000 passages over 1,000", medians[100_000] / medians[1_000], "x", 200, goal=1.3)


def indexing(folder: Path) -> None:
    throughput(folder)
    chat_beside(folder)


def throughput(folder: Path) -> None:
    print("\nIndexing beside the bare embedder, one thread each")
    env = {**os.environ, "DEBUG": "0", "SECRET_KEY": "bench", "HANDRAIL_HOME": str(folder / "throughput")}
    command = [sys.executable, "-m", "tests.throughput", str(INDEXED)]
    seen = json.loads(
        subprocess.run(command, cwd=BASE, env=env, capture_output=True, check=True).stdout.splitlines()[-1]
    )
    figure("tokens a second, indexed", seen["indexed"], "1/s", seen["passages"])
    figure("tokens a second, the embedder alone", seen["alone"], "1/s", seen["passages"])
    figure("indexing over the embedder", seen["indexed"] / seen["alone"], "x", seen["passages"], goal=0.8)
    figure("the same by seconds of a core", seen["by_core"], "x", seen["passages"], goal=0.8)


def chat_beside(folder: Path) -> None:
    print("\nChat while passages are being indexed: 10 clients, slices with and without by turns")
    home = copy(folder, "beside")
    quiet, busy, rounds = beside.measure(home, BESIDE, lambda server, turns: asyncio.run(load(server, 10, turns))[0])
    for name, seconds in (("indexing rests", quiet), ("indexing", busy)):
        figure(f"turn p50, {name}", at(seconds, 0.5) * 1000, "ms", len(seconds))
        figure(f"turn p99, {name}", at(seconds, 0.99) * 1000, "ms", len(seconds))
    figure("turn p99, indexing over not", at(busy, 0.99) / at(quiet, 0.99), "x", len(busy), goal=1.5)
    ratios = sorted(at(each.busy, 0.99) / at(each.quiet, 0.99) for each in rounds)
    figure(
        "the same in the median pair of slices",
        statistics.median(ratios),
        "x",
        len(ratios),
        low=ratios[0],
        high=ratios[-1],
    )
    figure(
        "passages a second beside chat",
        sum(r.passages for r in rounds) / sum(r.seconds for r in rounds),
        "1/s",
        len(rounds),
    )
    load_of = [each.load for each in rounds]
    figure(
        "load of the machine meanwhile",
        statistics.mean(load_of),
        "1",
        len(load_of),
        low=min(load_of),
        high=max(load_of),
    )


def at(seconds: list[float], share: float) -> float:
    """A quantile of some latencies."""
    return sorted(seconds)[int(len(seconds) * share)]


def quality(folder: Path) -> None:
    print("\nThe sample site's scenarios")
    server = Server(copy(folder, "quality"))
    files = [str(f) for f in sorted((BASE / "sample/scenarios").glob("*.jsonl"))]
    cases = evaluated(server, "fernway", read(*files), folder / "report.json")
    judged["fernway"] = list(zip(read(*files), cases, strict=True))
    figure("sample scenarios passed", passed(cases), "share", len(cases), goal=1.0)
    figure("evaluate, one case p50", statistics.median(c["ms"] for c in cases), "ms", len(cases))
    beyond = evaluated(server, "fernway", read(BASE / "sample/limits/known.jsonl"), folder / "limits.json")
    figure("known limits passed all the same", passed(beyond), "share", len(beyond))
    typed_otherwise(server, folder)
    at_the_edge(server, folder)
    if cases_folder := os.environ.get("CASES"):
        for scenarios in sorted(Path(cases_folder).glob("scenarios/*.jsonl")):
            external(server, Path(cases_folder), scenarios, folder)
    curves(folder)


def evaluated(server: Server, site: str, scenarios: list[dict], out: Path) -> list[dict]:
    """The cases of these scenarios, in their order."""
    asked = out.with_suffix(".jsonl")
    asked.write_text("".join(f"{json.dumps(each)}\n" for each in scenarios), "utf-8")
    server.manage("evaluate", "--site", site, str(asked), "--out", str(out), check=False)
    return json.loads(out.read_text("utf-8"))["cases"]


def passed(cases: list[dict]) -> float:
    return sum(case["passed"] for case in cases) / len(cases)


def sources(case: dict) -> set[str]:
    """What a case cites, in an answer or in a draft that waits for approval."""
    return {cited["source"] for shown in (case, case.get("draft") or {}) for cited in shown.get("citations", ())}


def typed_otherwise(server: Server, folder: Path) -> None:
    """The answerable questions in the words of people who type them otherwise, beside the clean ones."""
    print("\nThe sample's answerable questions, typed otherwise")
    clean, written = answerable(), {each["id"]: each for each in read(BASE / "sample/limits/otherwise.jsonl")}
    typed = {name: [make(each["turns"][0], SEED) for each in clean] for name, make in VARIANTS.items()}
    typed |= {name: [written[each["id"]][name] for each in clean] for name in ("non_native", "paraphrased")}
    for name, texts in {"clean": [each["turns"][0] for each in clean], **typed}.items():
        asked = [{**each, "turns": [text]} for each, text in zip(clean, texts, strict=True)]
        cases, n = evaluated(server, "fernway", asked, folder / f"typed-{name}.json"), len(clean)
        pairs = list(zip(clean, cases, strict=True))
        same = sum(c["accepted"] and c["category"] == s["expect"].get("category", c["category"]) for s, c in pairs)
        right = [bool(sources(c) & set(s["expect"]["cites"])) for s, c in pairs if sources(c)]
        figure(f"{name}: same category", same / n, "share", n)
        figure(f"{name}: same source cited", sum(right) / n, "share", n)
        figure(f"{name}: another source cited", (len(right) - sum(right)) / n, "share", n)
        figure(f"{name}: asked back", sum(c["outcome"] == "clarify" for c in cases) / n, "share", n)
        figure(f"{name}: declined", sum(c["outcome"] == "decline" for c in cases) / n, "share", n)


def at_the_edge(server: Server, folder: Path) -> None:
    """Questions at the edge of the articles' rules: an answer must show the condition."""
    print("\nAt the edge of the sample's rules")
    made = folder / "edges-made.jsonl"
    server.manage("edges", "--site", "fernway", "--out", str(made))
    pairs = list(zip(read(made), evaluated(server, "fernway", read(made), folder / "edges.json"), strict=True))
    answers = [(s, c) for s, c in pairs if edges.answered(c)]
    figure("edge questions answered", len(answers) / len(pairs), "share", len(pairs))
    for kind in [*sorted({s["tags"][1] for s, _ in answers}), "all"]:
        shown = [not edges.misleads(s, c) for s, c in answers if kind in ("all", s["tags"][1])]
        bound = {"goal": 0.95} if kind == "all" else {}
        figure(f"{kind}: shown with its condition", sum(shown) / len(shown), "share", len(shown), **bound)


def external(server: Server, cases: Path, scenarios: Path, folder: Path) -> None:
    """One site of CASES: load it, evaluate its scenarios."""
    name, site = scenarios.stem, cases / "sites" / heldout.LOADED_AS.get(scenarios.stem, scenarios.stem)
    if not site.is_dir():
        return
    server.manage("load_site", str(site))
    began = time.monotonic()
    result = evaluated(server, site.name, read(scenarios), folder / f"{name}.json")
    judged[name] = list(zip(read(scenarios), result, strict=True))
    figure(f"{name}: passed", passed(result), "share", len(result))
    for what, seen in heldout.noted(read(scenarios), [SimpleNamespace(**case) for case in result]).items():
        figure(f"{name}: {what}", statistics.mean(seen), "share", len(seen))
    figure(f"{name}: seconds", time.monotonic() - began, "s", len(result))


def curves(folder: Path) -> None:
    """The gate's and the answers' curves of every site that was evaluated."""
    gate = {site: plots.gate_curve(pairs) for site, pairs in judged.items()}
    axes = ("out of scope accepted", "in scope right")
    plots.draw(folder / "gate.svg", "The gate, at every threshold", axes, gate)
    covered = {site: plots.coverage_curve(pairs) for site, pairs in judged.items()}
    axes = ("coverage", "error: wrong source among the answers")
    plots.draw(folder / "coverage.svg", "Coverage against error", axes, covered)
    print(f"\n  {folder / 'gate.svg'}\n  {folder / 'coverage.svg'}")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DEBUG", "1")
    folder = HOME / "bench"
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    folder.mkdir(parents=True)
    parts = {part.__name__: part for part in (ladder, speed, record, guard, scale, indexing, quality)}
    asked = sys.argv[1:] or list(parts)
    for name in asked:
        parts[name](folder)
    out = HOME / ("bench.json" if asked == list(parts) else f"bench-{'-'.join(asked)}.json")
    out.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"\n  {out}")


if __name__ == "__main__":
    sys.exit(main())
