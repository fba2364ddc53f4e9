"""App configuration."""

from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    """What may be exposed."""

    name = "release"
    verbose_name = "Releases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the long work of this room."""
        from release import tasks  # noqa: F401
