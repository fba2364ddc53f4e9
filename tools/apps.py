"""App configuration."""

from django.apps import AppConfig


class ToolsConfig(AppConfig):
    """What may be asked of other systems."""

    name = "tools"
    verbose_name = "Tools"
    default_auto_field = "django.db.models.BigAutoField"
