from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """What may be said."""

    name = "knowledge"
    verbose_name = "Knowledge"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from knowledge import checks, tasks  # noqa: F401 - they register themselves
