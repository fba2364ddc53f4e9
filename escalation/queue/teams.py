"""Routing: a handoff goes to its category's team first. It hides from nobody; it only comes first for some."""

from django.contrib.auth.models import User

from conversations.record import IllegalMove
from escalation.models import Team


def of_category(site_id: int, category: str) -> int | None:
    """The key of the team that takes a category first, by name where several do; None when no team does."""
    if not category:
        return None
    serving = Team.objects.filter(site_id=site_id, categories__slug=category, categories__site_id=site_id)
    return serving.values_list("pk", flat=True).first()


def named(site_id: int, name: str) -> Team | None:
    """A site's team by its name; None for an empty one. Raises IllegalMove when there is none of that name."""
    if not name:
        return None
    found = Team.objects.filter(site_id=site_id, name=name).first()
    if found is None:
        raise IllegalMove(f"There is no team called {name} here.")
    return found


def of_person(user: User) -> frozenset[int]:
    """The keys of the teams a person belongs to."""
    return frozenset(Team.objects.filter(people=user.pk).values_list("pk", flat=True))
