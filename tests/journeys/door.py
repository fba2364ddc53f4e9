"""The door alone, as a process: people, one site and the serving process, without the gating of the sample."""

import os


def main() -> None:
    """Make what is missing, then serve until interrupted."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.contrib.auth.models import User

    from config import run
    from sites.access.roles import grant
    from sites.models import Role, Site

    run.migrate()
    run.people()
    site, _ = Site.objects.get_or_create(slug="fernway", defaults={"name": "Fernway Outdoor"})
    anna = User(username="anna", first_name="Anna", email="anna@example.com")
    anna.set_password(run.PASSWORD)
    anna.save()
    grant(anna, site, Role.ADMIN)
    ben = User.objects.get(username="ben")
    grant(ben, site, Role.AGENT)
    run.serve(int(os.environ["PORT"]))


if __name__ == "__main__":
    main()
