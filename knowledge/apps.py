from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """What may be said."""

    name = "knowledge"
    verbose_name = "Knowledge"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks of the settings and the long work of this room."""
        from knowledge import checks, tasks  # noqa: F401 - they register themselves
