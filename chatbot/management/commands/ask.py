"""`ask --site SLUG "question"`: one turn on the candidate, at the levels asked for, traced; nothing is recorded."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.live import snapshot
from release.scenarios import evals
from sites.models import Site


class Command(BaseCommand):
    """Ask the bot one question, as the gate would."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The site and the question."""
        parser.add_argument("question")
        parser.add_argument("--site", required=True)
        parser.add_argument("--audience", help="Ask as a customer who may see this audience too.")
        parser.add_argument("--json", action="store_true", help="Print the case as `evaluate` reports it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Decide and print."""
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            known = ", ".join(Site.objects.values_list("slug", flat=True)) or "none; load one with load_site"
            raise CommandError(f"There is no site {options['site']}. Sites: {known}.")
        candidate = snapshot.candidate(site)
        scenario: dict[str, Any] = {
            "id": "ask",
            "turns": [options["question"]],
            "expect": {},
            "audience": options["audience"] or "public",
        }
        case = next(evals.evaluate(candidate, [scenario])).as_json()
        if options["json"]:
            self.stdout.write(json.dumps(case, indent=2, ensure_ascii=False, default=str))
            return
        self.stdout.write(f"{case['outcome']} ({case['reason']})\n\n{case['text']}\n")
        for n, cited in enumerate(case["citations"], 1):
            self.stdout.write(f"  [{n}] {cited['source']}: {cited['quote']}")
        for offer in case["offers"]:
            self.stdout.write(f"  ? {offer['title']}: {offer['heading']}")
        accepted = "accepted" if case["accepted"] else "not accepted"
        self.stdout.write(f"\n  category {case['category']} at {case['confidence']:.3f} ({accepted})")
        for hit in case["retrieved"]:
            self.stdout.write(f"  {hit['score']:.3f}  {hit['source']}")
