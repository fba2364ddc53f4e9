"""Plots as geometry: numbers in, shapes for an SVG made on the server out. No script, no style, nothing from elsewhere.

Each plot carries its own table: whoever cannot see the shapes reads the same figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 320.0, 88.0
GAP = 0.18  # of a bar's place


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle, in the plot's own units; `tone` names its colour class, `tip` is read aloud."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    tip: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `runs` are its unbroken pieces as points for a polyline, `dots` are points that stand alone."""

    tone: str
    runs: Sequence[str]
    dots: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Plot:
    """Shapes, the labels of both axes' ends, and the table behind them (heads, rows)."""

    key: str
    title: str
    desc: str
    top: str
    first: str
    last: str
    bars: Sequence[Bar]
    lines: Sequence[Line]
    legend: Sequence[tuple[str, str]]
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    width: float = WIDTH
    height: float = HEIGHT


def stacked(
    key: str, title: str, when: Sequence[datetime], counts: Sequence[Mapping[str, int]], tones: Mapping[str, str]
) -> Plot:
    """Bars of counts, one a bin, its parts on each other in the order of `tones` (name: colour class)."""
    highest = max((sum(each.get(name, 0) for name in tones) for each in counts), default=0) or 1
    place = WIDTH / max(len(counts), 1)
    bars = []
    for n, each in enumerate(counts):
        y = HEIGHT
        for name, tone in tones.items():
            if count := each.get(name, 0):
                tall = HEIGHT * count / highest
                y -= tall
                tip = f"{when[n]:%-d %b}: {count} {name}"
                bars.append(
                    Bar(
                        round((n + GAP / 2) * place, 2),
                        round(y, 2),
                        round(place * (1 - GAP), 2),
                        round(tall, 2),
                        tone,
                        tip,
                    )
                )
    total = {name: sum(each.get(name, 0) for each in counts) for name in tones}
    desc = "; ".join(f"{count} {name}" for name, count in total.items())
    rows = [
        [f"{at:%-d %b %Y}", *(str(each.get(name, 0)) for name in tones)] for at, each in zip(when, counts, strict=True)
    ]
    ends = _ends(when)
    return Plot(key, title, desc, str(highest), *ends, bars, [], [*tones.items()], ["From", *tones], rows)


def lines(
    key: str,
    title: str,
    when: Sequence[datetime],
    values: Sequence[Sequence[float] | None],
    tones: Mapping[str, str],
    *,
    unit: str,
    top: float | None = None,
) -> Plot:
    """Lines over the bins, one a tone, broken where a bin has none; `unit` follows each value, `top` ends the axis."""
    highest = top or max((max(each) for each in values if each), default=0.0) or 1.0
    place = WIDTH / max(len(values), 1)
    drawn = []
    for k, tone in enumerate(tones.values()):
        points = [
            None if each is None else (round((n + 0.5) * place, 2), round(HEIGHT * (1 - each[k] / highest), 2))
            for n, each in enumerate(values)
        ]
        drawn.append(_line(tone, points))
    rows = [
        [f"{at:%-d %b %Y}", *("–" if each is None else f"{each[k]:,.0f}{unit}" for k in range(len(tones)))]
        for at, each in zip(when, values, strict=True)
    ]
    latest = next((each for each in reversed(values) if each), None)
    said = [f"{name} {latest[k]:,.0f}{unit}" for k, name in enumerate(tones)] if latest else ["too few"]
    desc = "Last: " + ", ".join(said)
    return Plot(
        key, title, desc, f"{highest:,.0f}{unit}", *_ends(when), [], drawn, [*tones.items()], ["From", *tones], rows
    )


def _line(tone: str, points: Sequence[tuple[float, float] | None]) -> Line:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    joined = [" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1]
    return Line(tone, joined, [run[0] for run in runs if len(run) == 1])


def _ends(when: Sequence[datetime]) -> tuple[str, str]:
    return (f"{when[0]:%-d %b}", f"{when[-1]:%-d %b}") if when else ("", "")
