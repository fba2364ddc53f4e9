"""What the commands of this room ask alike: who acts, and on which site. The answers are people and rows."""

import getpass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser

from knowledge.models import Category
from release.core.people import Actor
from release.models import KillSwitch
from sites.core.yamlfile import read
from sites.models import Site


def add_actor(parser: CommandParser) -> None:
    """The option that names who acts."""
    parser.add_argument("--as", dest="actor", metavar="USER", help="who acts, by username (default: you)")


def actor(options: dict[str, Any]) -> Actor:
    """The user named by --as, else the account of the operating system, as text."""
    return user(options["actor"]) if options["actor"] else f"{getpass.getuser()} (shell)"


def user(username: str) -> User:
    """An active user. Raises CommandError."""
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise CommandError(f"There is no active user “{username}”.")
    return found


def site(slug: str) -> Site:
    """A site by its slug. Raises CommandError with the sites there are."""
    found = Site.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Site.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no site “{slug}”. Sites: {known}.")
    return found


def only_site() -> Site:
    """The one site there is. Raises CommandError when there are more or none."""
    sites = list(Site.objects.all()[:2])
    if len(sites) != 1:
        raise CommandError("Name the site with --site." if sites else "There is no site yet; load one first.")
    return sites[0]


def site_of_file(path: Path) -> str | None:
    """The slug of the bundle a file lies in, if it lies in one."""
    for folder in path.resolve().parents:
        if (folder / "site.yaml").is_file():
            value = read(folder / "site.yaml", str(folder / "site.yaml")).value
            return str(value.get("site")) if isinstance(value, dict) else None
    return None


def category(of: Site, slug: str) -> Category:
    """A category of a site. Raises CommandError."""
    found = Category.objects.filter(site=of, slug=slug).first()
    if found is None:
        raise CommandError(f"{of.slug} has no category “{slug}”.")
    return found


def add_reach(parser: CommandParser) -> None:
    """The arguments of a pause: what it stops, who says so and why."""
    parser.add_argument("--site", help="without it: every site")
    parser.add_argument("--category", help="needs --site")
    parser.add_argument("--what", choices=KillSwitch.What.values, default="all")
    parser.add_argument("--tool", default="", help="with --what tools: the one of this name alone")
    parser.add_argument("--reason", required=True)
    add_actor(parser)


def reach(options: dict[str, Any]) -> dict[str, Any]:
    """The same as the keyword arguments of `pauses.pause` and `resume`. Raises CommandError."""
    if options["category"] and not options["site"]:
        raise CommandError("--category needs --site.")
    where = site(options["site"]) if options["site"] else None
    return {
        "site": where,
        "category": category(where, options["category"]) if where and options["category"] else None,
        "what": options["what"],
        "tool": options["tool"],
        "actor": actor(options),
        "reason": options["reason"],
    }
