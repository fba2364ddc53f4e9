"""Routing: a handoff goes to its category's team first. It hides from nobody; it only comes first for some."""

from django.contrib.auth.models import User

from escalation.models import Team


def of_category(site_id: int, category: str) -> int | None:
    """The key of the team that takes a category first, by name where several do; None when no team does."""
    if not category:
        return None
    serving = Team.objects.filter(site_id=site_id, categories__slug=category, categories__site_id=site_id)
    return serving.values_list("pk", flat=True).first()


def of_person(user: User) -> frozenset[int]:
    """The keys of the teams a person belongs to."""
    return frozenset(Team.objects.filter(people=user.pk).values_list("pk", flat=True))
