"""`python -m tests.broken`: the real server with one safeguard taken out, named by BROKEN, for the red team to find.

The product holds no hook for any of this: functions are wrapped from outside, in a process of their own.
"""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import config.run as run


def sloppy() -> None:
    """What is drawn has other numbers than what was approved, as something that writes would have it. What verifies the
    drawing still looks at it."""
    from chatbot.decide.answer import shown
    from chatbot.outcome import Part

    parts = shown.parts

    def changed(*args: Any) -> tuple[Part, ...]:
        more = (replace(p, text=re.sub(r"\d+", lambda n: str(int(n[0]) + 1), p.text)) for p in parts(*args))
        return tuple(more)

    shown.parts = changed


def verifier() -> None:
    """The same numbers, and nothing that looks at them."""
    from chatbot.decide.answer import verify, verify_drawn

    sloppy()
    verify.check = lambda draft: []
    verify_drawn.check = lambda parts, quotes: []


def threshold() -> None:
    """The gate accepts, and the articles answer, from zero on."""
    from chatbot.decide.answer import compose
    from chatbot.decide.gate.topic import Gate

    Gate.threshold = property(lambda gate: 0.0)
    compose.BAR = 0.0


def internal() -> None:
    """Internal articles count as public: embedded, searched and read like the others."""
    from knowledge.embedding import vectors
    from knowledge.index import eligibility
    from knowledge.models import Passage
    from release.live.snapshot import Snapshot

    rows = Passage.objects.filter(revision__source__audience="internal").select_related("revision")
    spans = {row.pk: [(start - row.start, end - row.start) for start, end in row.sentences] for row in rows}
    vectors.ensure([vectors.content(row.revision.title, row.heading, row.text, spans[row.pk]) for row in rows])
    across = Snapshot.across
    Snapshot.across = lambda self, categories, audiences: across(self, categories, audiences | {"internal"})
    eligibility._shown = lambda audiences: sorted({*audiences, "internal"})


def markup() -> None:
    """Quotes are rendered as HTML, and a decline repeats what was asked as it stands."""
    from chatbot.decide import bot

    bot.plain = lambda text: f"<p>{text}</p>"
    decide = bot.decide

    def echoing(question: Any, *args: Any) -> Any:
        decision = decide(question, *args)
        line = f"{decision.text} You asked: {question.text}"
        return replace(decision, text=line) if decision.outcome == "decline" else decision

    bot.decide = echoing


def echo() -> None:
    """Whatever is asked is the answer, as it stands, in one part."""
    from chatbot.decide import bot
    from chatbot.outcome import Reason

    decide = bot.decide

    def echoing(question: Any, *args: Any) -> Any:
        decision = decide(question, *args)
        return replace(
            decision, reason=Reason.COURTESY, text=question.text, parts=(), citations=(), suggestions=(), draft=None
        )

    bot.decide = echoing


def exception() -> None:
    """A sentence is quoted without what limits it, and nobody minds."""
    from chatbot.decide.answer import compose, verify

    compose.SECTION_WORDS = 0
    compose.whole = lambda page, place: {place}
    compose.needed = lambda page, places: set(places)
    verify._left_out = lambda quote, quotes: ()


BREAKS: dict[str, Callable[[], None]] = {
    break_.__name__: break_ for break_ in (sloppy, verifier, threshold, internal, markup, echo, exception)
}
serve = run.serve


def _serve(port: int) -> None:
    broken = os.environ.get("BROKEN", "")
    if broken not in BREAKS:
        raise SystemExit(f"no such safeguard: {broken}; one of {', '.join(BREAKS)}")
    BREAKS[broken]()
    serve(port)


if __name__ == "__main__":
    run.serve = _serve
    run.main()
