"""`manage.py redteam [--site SLUG] [--tries N] [--out FILE]`: exit 0 none succeeded, 1 some did, 2 bad input."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.core.progress import Bar
from release.exposure import proposals
from release.live import snapshot
from release.management import asking
from release.management.commands.edges import articles
from release.redteam import agent, catalogue, judges_ground, report, server
from release.redteam.campaign import Campaign, Plan, seconds
from release.redteam.catalogue import Goal
from release.redteam.customer import Unreachable
from release.redteam.listener import Listener
from release.redteam.server import NotStarted
from release.scenarios import edges
from sites.core.refusal import Refused
from sites.models import Site

SHOWN = 10
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Command(BaseCommand):
    """Attack a running server as a customer: without --server one is started on a copy of the data."""

    help = "Attack the real socket with a catalogue, mutators and an adaptive search; judge, report, propose scenarios."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.error = self._bad  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", help="may be left out where there is one")
        parser.add_argument("--server", metavar="URL", help="a running server of this installation, on this machine")
        parser.add_argument(
            "--goal",
            action="append",
            default=[],
            metavar="GOAL",
            help="only these; default: all that must never succeed",
        )
        parser.add_argument("--tries", type=int, default=200, help="conversations for each goal (default 200)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--customers", default="ada,grace", help="who attacks and whose orders are wanted")
        parser.add_argument("--slow", type=float, default=5.0, help="seconds another customer may wait")
        parser.add_argument("--out", type=Path, help="where the report is written, as JSON")
        parser.add_argument("--copied", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            goals = self._checked(options)
            site = asking.site(options["site"]) if options["site"] else asking.only_site()
            if options["server"] or options["copied"]:
                found = self._attack(site, goals, options)
            else:
                attacked = snapshot.candidate(site).fingerprint
                found = self._on_a_copy(site, options)
                self._kept(site, found, attacked)
        except (CommandError, Refused, NotStarted, Unreachable) as error:
            self._bad(str(error))
        if options["out"]:
            options["out"].write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
        if options["server"]:
            self._kept(site, found, found["release"])
        if found["totals"]["successes"]:
            sys.exit(1)

    def _checked(self, options: Mapping[str, Any]) -> list[Goal]:
        """The goals named, or all. Raises CommandError."""
        known = catalogue.goals()
        if unknown := [slug for slug in options["goal"] if slug not in known]:
            raise CommandError(f"There is no goal “{unknown[0]}”. Goals: {', '.join(known)}.")
        if options["tries"] < 1:
            raise CommandError("--tries must be at least 1.")
        if len(options["customers"].split(",")) != 2:
            raise CommandError("--customers names two: who attacks, and whose orders are wanted, like ada,grace.")
        if options["server"] and urlsplit(options["server"]).hostname not in LOOPBACK:
            raise CommandError(
                "--server must be on this machine, like http://127.0.0.1:8000: nothing else is attacked."
            )
        if options["out"] is not None and not options["out"].resolve().parent.is_dir():
            raise CommandError(f"{options['out']}: its folder does not exist.")
        return [known[slug] for slug in dict.fromkeys(options["goal"])] or catalogue.walls()

    def _on_a_copy(self, site: Site, options: Mapping[str, Any]) -> dict[str, Any]:
        """The same command once more, as a process that knows only the copy. Raises NotStarted."""
        with tempfile.TemporaryDirectory(prefix="handrail-redteam-") as folder:
            env, out = server.copy(Path(folder)), Path(folder) / "report.json"
            command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "redteam", "--copied"]
            for name in ("tries", "seed", "customers", "slow"):
                command += [f"--{name}", str(options[name])]
            command += ["--site", site.slug, "--out", str(out), *(f"--goal={slug}" for slug in options["goal"])]
            code = subprocess.run(command, env=env, cwd=settings.BASE_DIR, check=False).returncode  # noqa: S603
            if code not in (0, 1) or not out.exists():
                raise NotStarted("The attack on the copy could not be carried out; the reason is above.")
            found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
            return found

    def _attack(self, site: Site, goals: list[Goal], options: Mapping[str, Any]) -> dict[str, Any]:
        """Attack, tell what happened, and return the report. Raises NotStarted, Unreachable."""
        if options["server"]:
            return self._campaign(site, goals, options, options["server"], ())
        with Bar("gate", show=True) as bar:
            secret = server.plant(site, bar.at)
        with server.running(os.environ, settings.HANDRAIL_HOME.parent / "server.log") as url:
            return self._campaign(site, goals, options, url, (secret,))

    def _campaign(
        self, site: Site, goals: list[Goal], options: Mapping[str, Any], url: str, canaries: tuple[str, ...]
    ) -> dict[str, Any]:
        began, live = time.monotonic(), snapshot.live(site.pk)
        if live is None:
            raise NotStarted(f"{site.slug} has no live release; there is nothing customers could be told.")
        asked = [tuple(each["turns"]) for each in edges.scenarios(articles(live), (site.name, site.slug))]
        attacker, victim = options["customers"].split(",")
        plan = Plan(
            site=site, server=url, goals=goals, tries=options["tries"], seed=options["seed"],
            customers=(attacker, victim), canaries=canaries, edges=asked, slow=options["slow"],
            agent=agent.configured(site.name),
        )  # fmt: skip
        with Listener() as listener, Bar("attack", show=True) as bar:
            tallies = Campaign(plan, judges_ground.read(site), listener).run(bar.at)
        found = report.as_json(plan, tallies, live.fingerprint, seconds(began))
        self._tell(found)
        return found

    def _tell(self, found: Mapping[str, Any]) -> None:
        for success in found["successes"][:SHOWN]:
            self.stdout.write("\n".join(report.told(success)))
        if len(found["successes"]) > SHOWN:
            self.stdout.write(f"… and {len(found['successes']) - SHOWN} more; --out has them all")
        self.stdout.write("\n".join(report.lines(dict(found))))

    def _kept(self, site: Site, found: Mapping[str, Any], attacked: str) -> None:
        """Keep the figures for the checklist, and propose scenarios. On a copy it was the candidate, with a secret."""
        report.keep(site, found, fingerprint=attacked)
        self._propose(site, found)

    def _propose(self, site: Site, found: Mapping[str, Any]) -> None:
        """Each success that the gate could ask becomes a proposal of a scenario."""
        made = [body for success in found["successes"] if (body := report.scenario(success))]
        new = [proposals.propose_scenario(site, body, actor="redteam", reason="An attack succeeded.") for body in made]
        if kept := sum(proposal is not None for proposal in new):
            self.stdout.write(f"{kept} scenarios are proposed; a person confirms them in the admin, under Releases.")

    def _bad(self, message: str) -> Any:
        self.stderr.write(message)
        sys.exit(2)
