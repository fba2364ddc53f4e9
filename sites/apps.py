"""App configuration: the label differs from the package because Django's contrib already holds `sites`."""

from django.apps import AppConfig


class SitesConfig(AppConfig):
    """Whom we speak for."""

    name = "sites"
    label = "handrail_sites"
    verbose_name = "Sites"
