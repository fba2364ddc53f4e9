"""`manage.py grant SITE USER=ROLE …`: give people roles on a site, on the record."""

import getpass
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sites.access import roles
from sites.models import Role, Site


class Command(BaseCommand):
    """For the first people of a site; the others are invited by mail, under "People" in the admin."""

    help = f"Give people who have an account a role on a site. Roles: {', '.join(Role.values)}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("site")
        parser.add_argument("given", nargs="+", metavar="USER=ROLE")

    def handle(self, *args: Any, **options: Any) -> None:
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError(f"There is no site “{options['site']}”.")
        for user, role in [self._read(given) for given in options["given"]]:
            roles.grant(user, site, role, actor=f"{getpass.getuser()} (shell)")
            self.stdout.write(f"{user.get_username()} is {role.label.lower()} of {site.slug}.")

    def _read(self, given: str) -> tuple[User, Role]:
        name, _, role = given.rpartition("=")
        if role not in Role.values or not name:
            raise CommandError(f"“{given}” is not USER=ROLE. Roles: {', '.join(Role.values)}.")
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user “{name}”; make one with manage.py createsuperuser.")
        return user, Role(role)
