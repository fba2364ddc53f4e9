"""What owners learn from questions: what could not be answered, and what is found and cited."""

from datetime import timedelta

from django.utils import timezone

from knowledge.insights import gaps, usage
from knowledge.models import Category, Gap, Source, Usage


def counted():
    return {row.source.slug: (row.retrieved, row.cited) for row in Usage.objects.select_related("source")}


def test_sources_are_counted_by_day_and_added_up(shop):
    ids = dict(Source.objects.values_list("slug", "pk"))
    usage.note(retrieved=[(shop.pk, "returns"), (shop.pk, "returns"), (shop.pk, "delivery")], cited=[ids["returns"]])
    usage.note(retrieved=[(shop.pk, "returns")], cited=[ids["exchange"]])
    assert counted() == {"returns": (3, 1), "delivery": (1, 0), "exchange": (0, 1)}
    Usage.objects.update(day=timezone.localdate() - timedelta(days=1))
    usage.note(retrieved=[(shop.pk, "returns")], cited=[])
    assert Usage.objects.filter(source=ids["returns"]).count() == 2


def test_what_names_no_source_of_the_site_is_not_counted(shop):
    usage.note(retrieved=[(shop.pk, "nothing"), (shop.pk + 1, "returns")], cited=[])
    usage.note(retrieved=[], cited=[])
    assert sum(sum(pair) for pair in counted().values()) == 0


def test_a_gap_is_kept_until_somebody_handles_it(shop):
    category = Category.objects.get(slug="returns")
    gaps.note(shop.pk, category.pk, "Do you rent tents?", "not_grounded")
    gaps.note(shop.pk, None, "Who won?", "out_of_scope")
    assert gaps.handle(Gap.objects.filter(category=category), actor="cleo") == 1
    assert gaps.handle(Gap.objects.all(), actor="mila") == 1
    assert dict(Gap.objects.values_list("text", "handled_by")) == {"Do you rent tents?": "cleo", "Who won?": "mila"}
