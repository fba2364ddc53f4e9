"""The curves of the bench as small SVG files, drawn by hand: no library for two lines and a frame."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

Curve = list[tuple[float, float]]
WIDTH, HEIGHT, LEFT, TOP = 640, 420, 64, 40
COLOURS = ("#1b5e8c", "#b3541e", "#3d7a3a", "#7a3d78", "#666666", "#a8871d", "#20808a", "#9c2f4a")


def gate_curve(judged: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Curve:
    """(out of scope accepted, in scope right) at every threshold, of (scenario, case) pairs that name a category."""
    named = [(s["expect"]["category"], c) for s, c in judged if "category" in s.get("expect", {})]
    inside = [(c["confidence"], c["category"] == wanted) for wanted, c in named if wanted is not None]
    outside = [c["confidence"] for wanted, c in named if wanted is None]
    if not inside or not outside:
        return []
    levels = sorted({c["confidence"] for _, c in named}, reverse=True)
    return [
        (sum(x >= t for x in outside) / len(outside), sum(right and x >= t for x, right in inside) / len(inside))
        for t in levels
    ]


def coverage_curve(judged: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Curve:
    """(coverage, error) when only the answers the gate was surest of are given, of scenarios that name a source.

    Coverage: the share answered; error: the share of those answers that cite none of the named sources.
    """
    asked = [(s["expect"]["cites"], c) for s, c in judged if s.get("expect", {}).get("cites")]
    answered = sorted(((w, c) for w, c in asked if c["outcome"] == "answer"), key=lambda each: -each[1]["confidence"])
    curve, wrong = [], 0
    for n, (wanted, case) in enumerate(answered, 1):
        wrong += not {cited["source"] for cited in case["citations"]} & set(wanted)
        curve.append((n / len(asked), wrong / n))
    return curve


def draw(path: Path, title: str, axes: tuple[str, str], curves: Mapping[str, Curve]) -> None:
    """One SVG with a curve a site, both axes from 0 to 1."""
    wide, high = WIDTH - LEFT - 160, HEIGHT - TOP - 60
    body = [f'<rect x="{LEFT}" y="{TOP}" width="{wide}" height="{high}" fill="none" stroke="#999"/>']
    for step in range(6):
        x, y = LEFT + wide * step / 5, TOP + high * (1 - step / 5)
        body.append(f'<text x="{x}" y="{TOP + high + 18}" text-anchor="middle">{step / 5:.1f}</text>')
        body.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{step / 5:.1f}</text>')
    for at, (name, curve) in enumerate((n, c) for n, c in curves.items() if c):
        colour = COLOURS[at % len(COLOURS)]
        points = " ".join(f"{LEFT + wide * x:.1f},{TOP + high * (1 - y):.1f}" for x, y in curve)
        body.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body.append(f'<text x="{LEFT + wide + 12}" y="{TOP + 14 + 18 * at}" fill="{colour}">{escape(name)}</text>')
    body.append(f'<text x="{LEFT}" y="24" font-size="15">{escape(title)}</text>')
    body.append(f'<text x="{LEFT + wide / 2}" y="{HEIGHT - 16}" text-anchor="middle">{escape(axes[0])}</text>')
    turned = f'transform="translate(18 {TOP + high / 2}) rotate(-90)" text-anchor="middle"'
    body.append(f"<text {turned}>{escape(axes[1])}</text>")
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
    lines = "\n".join(body)
    path.write_text(
        f'{head} font-size="12">\n<rect width="100%" height="100%" fill="#fff"/>\n{lines}\n</svg>\n', "utf-8"
    )
