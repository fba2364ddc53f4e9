"""`manage.py edges --site SLUG [--out FILE.jsonl] [--run]`: questions at the edge of the articles' own rules."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge.models import Passage, Revision
from release.core.intervals import wilson
from release.core.progress import Bar
from release.live import snapshot
from release.live.snapshot import Snapshot
from release.management import asking
from release.scenarios import edges, evals
from release.scenarios.evals import PUBLIC, Case

Judged = tuple[dict[str, Any], Case, list[str]]


class Command(BaseCommand):
    """Make questions of what approved articles limit and except; with --run, ask the candidate and judge."""

    help = "Write questions at the edge of the articles' rules as scenarios; ask them with --run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", required=True)
        parser.add_argument("--out", type=Path, help="where the scenarios are written, as JSONL")
        parser.add_argument("--run", action="store_true", help="ask them: an answer must show the condition")

    def handle(self, *args: Any, **options: Any) -> None:
        site = asking.site(options["site"])
        out: Path | None = options["out"]
        if out is not None and not out.resolve().parent.is_dir():
            raise CommandError(f"{out}: its folder does not exist.")
        frozen = snapshot.candidate(site)
        made = list(edges.scenarios(articles(frozen), (site.name, site.slug)))
        if out is not None:
            out.write_text("".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in made), encoding="utf-8")
        self.stdout.write(f"{len(made)} questions from the articles of {site.slug}.")
        if options["run"]:
            self._tell(self._run(frozen, made))

    def _run(self, frozen: Snapshot, made: Sequence[dict[str, Any]]) -> list[Judged]:
        judged: list[Judged] = []
        with Bar(frozen.site, show=True) as bar:
            for scenario, case in zip(made, evals.evaluate(frozen, made), strict=True):
                judged.append((scenario, case, edges.misleads(scenario, case.as_json())))
                bar.at(len(judged), len(made))
        return judged

    def _tell(self, judged: Sequence[Judged]) -> None:
        for scenario, case, whys in judged:
            if whys:
                self.stdout.write(f"MISLEADS {case.id}\n  asked {scenario['turns'][0]}\n  {'; '.join(whys)}")
                self.stdout.write("  shown " + " / ".join(c["quote"] for c in case.citations).replace("\n", " "))
        self.stdout.write(f"{'kind':<10} {'n':>5} {'answered':>9} {'with its condition':>30}")
        kinds = sorted({scenario["tags"][1] for scenario, _, _ in judged})
        for kind in [*kinds, "all"]:
            self._row(kind, [each for each in judged if kind in ("all", each[0]["tags"][1])])

    def _row(self, kind: str, judged: Sequence[Judged]) -> None:
        answered = [whys for _, case, whys in judged if edges.answered(case.as_json())]
        shown = sum(not whys for whys in answered)
        low, high = wilson(shown, len(answered))
        share = shown / len(answered) if answered else 0.0
        self.stdout.write(
            f"{kind:<10} {len(judged):>5} {len(answered):>9} {shown:>6} {share:>9.3f} [{low:.3f}, {high:.3f}]"
        )


def articles(frozen: Snapshot) -> list[edges.Article]:
    """What an anonymous customer of a snapshot may be answered from, in the order of the sources."""
    served = {c.slug for c in frozen.categories if c.route != "human" and not c.by_tool}
    shown = {pk: f for pk, f in frozen.revisions.items() if f.audience == PUBLIC and f.categories & served}
    spans: dict[int, list[tuple[int, int]]] = {}
    rows = Passage.objects.filter(revision__in=shown).order_by("revision", "ordinal")
    for pk, sentences in rows.values_list("revision_id", "sentences"):
        spans.setdefault(pk, []).extend((start, end) for start, end in sentences)
    texts = Revision.objects.in_bulk(list(spans))
    return [
        edges.Article.of(facts.source, texts[pk].title, texts[pk].text, spans[pk])
        for pk, facts in sorted(shown.items(), key=lambda pair: pair[1].source)
        if pk in spans
    ]
