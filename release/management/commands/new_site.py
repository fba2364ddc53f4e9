"""`manage.py new_site DIR`: a commented bundle to begin with, which loads and passes as it stands."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.bundles import bundle, first
from release.core.handed_in import HandedIn
from release.onboarding import from_files
from sites.choices import crisis
from sites.core.problems import BadInput
from sites.core.refusal import Refused


class Command(BaseCommand):
    """Write the files; nothing is loaded, and no folder that holds anything is touched."""

    help = "Write a commented bundle (site.yaml, articles, scenarios) into a new folder, to change and to load."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--articles", type=Path, metavar="DIR", help="your articles as they are; a sub-folder is a category"
        )
        parser.add_argument("--questions", type=Path, metavar="FILE", help="what people asked you: a CSV, or a list")
        parser.add_argument("--site", help="the site's short name (default: the folder's)")
        parser.add_argument("--name", help="what customers know you by (default: the folder's name)")
        parser.add_argument("--origin", default="https://www.example.com", help="where the widget may open")
        parser.add_argument("--email", default="help@example.com", help="where customers write to")
        parser.add_argument("--timezone", default="Europe/London")
        parser.add_argument("--country", nargs="+", default=["GB"], choices=sorted(crisis.catalogue()), metavar="GB")
        parser.add_argument("--owner", default="dan", help="who answers for releases, by user name")
        parser.add_argument("--second", default="cleo", help="who answers for articles; confirms a release")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, articles, questions = options["folder"], options["articles"], options["questions"]
        if questions and not articles:
            raise CommandError("Questions are sorted by the article that answers them: name a folder with --articles.")
        try:
            about = self._first(options)
            handed_in = from_files.read(articles, questions, about.name) if articles else None
            written = first.write(folder, about, handed_in)
            bundle.read(folder)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        except BadInput as error:
            told = "\n".join(str(problem) for problem in error.problems)
            raise CommandError(f"{folder} was written, and this in it is to mend:\n{told}") from error
        for path in written:
            self.stdout.write(str(path))
        if handed_in:
            self._tell(handed_in)
        self.stdout.write(
            f"\nChange what is marked FILL IN in {folder / 'site.yaml'}, your articles go to {folder / 'knowledge'};\n"
            f"then: manage.py load_site {folder}"
        )

    def _tell(self, handed_in: HandedIn) -> None:
        """What became of what was handed in, and what did not."""
        self.stdout.write("")
        for each in handed_in.subjects:
            counts = f"{len(each.articles)} articles, {len(each.examples)} examples, {len(each.held)} held back to try"
            self.stdout.write(f"{each.slug}: {counts}")
        if handed_in.stopped:
            self.stdout.write(f"{len(handed_in.stopped)} questions may want a person: see {first.PEOPLES}")
        if handed_in.unanswered:
            self.stdout.write(f"{len(handed_in.unanswered)} questions come near no article: see {first.UNANSWERED}")
        for why in handed_in.left_out:
            self.stderr.write(f"left out: {why}")

    def _first(self, options: dict[str, Any]) -> first.First:
        called = options["folder"].resolve().name
        return first.First(
            site=options["site"] or first.slug_of(called),
            name=options["name"] or called.replace("-", " ").replace("_", " ").strip().capitalize(),
            origin=options["origin"],
            email=options["email"],
            timezone=options["timezone"],
            countries=options["country"],
            owner=options["owner"],
            second=options["second"],
        )
