"""The app of the sign-in pages; it hears what allauth tells, and keeps allauth's tables out of the admin."""

from django.apps import AppConfig, apps
from django.contrib import admin

ALLAUTH = ("account", "socialaccount", "mfa", "usersessions")


class SigninConfig(AppConfig):
    """Staff sign-in."""

    name = "config.signin"
    label = "signin"
    verbose_name = "Sign-in"

    def ready(self) -> None:
        """Hear what allauth tells. Its rows are changed by the verbs that go on record, and by nothing else."""
        from config.signin import events

        events.listen()
        for label in ALLAUTH:
            for model in apps.get_app_config(label).get_models():
                if admin.site.is_registered(model):
                    admin.site.unregister(model)
