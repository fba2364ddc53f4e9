"""App configuration: makes the desk's clockwork known to the outbox of every process."""

from django.apps import AppConfig


class EscalationConfig(AppConfig):
    """Who takes over."""

    name = "escalation"

    def ready(self) -> None:
        """Register the outbox handlers."""
        import escalation.tasks  # noqa: F401
