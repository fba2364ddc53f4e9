"""`rotate_secret_key`: after SECRET_KEY was changed and the old one named in SECRET_KEY_FALLBACKS.

Second factors are encrypted under the new key, and what still has to be done by people is named.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.signin import factors
from sites.models.endpoints import Endpoint


class Command(BaseCommand):
    """Bring what is kept under the new key; running it again changes nothing."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many were brought over; exit 1 where one fits no key, or no old key is named."""
        if not settings.SECRET_KEY_FALLBACKS:
            raise CommandError("SECRET_KEY_FALLBACKS is empty: name the old key there, beside the new SECRET_KEY.")
        brought, lost = factors.bring_over()
        self.stdout.write(f"{brought} secrets of second factors are encrypted under the new key.")
        for endpoint in Endpoint.objects.select_related("site").order_by("site", "url"):
            self.stdout.write(
                f"  webhook of {endpoint.site.slug}: {endpoint.url} is signed with both; rotate its secret."
            )
        if lost:
            raise CommandError(f"{lost} fit none of the keys: those people reset their second factor.")
        self.stdout.write("When the webhooks are rotated and no old session is left, empty SECRET_KEY_FALLBACKS.")
