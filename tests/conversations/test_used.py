"""From a source, a revision or a passage one gets to every conversation that cited it, and to no other."""

import random

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations import delivery, record, used
from conversations.models import Citation, Conversation
from knowledge.models import Passage, Revision, Source
from sites.access.roles import grant, sites_of
from sites.models import Role, Site

pytestmark = pytest.mark.django_db
TEXT = "".join(f"Sentence {n:02}. " for n in range(30))
CUTS = [(0, 120), (120, 260), (260, len(TEXT))]


def person(name, site, role):
    user = User.objects.create_user(name, is_staff=True)
    grant(user, site, role)
    return user


def login(user):
    client = Client()
    client.force_login(user)
    return client


def written(site, slug, revisions=2):
    source = Source.objects.create(site=site, slug=slug)
    for number in range(1, revisions + 1):
        revision = Revision.objects.create(source=source, number=number, title=slug, text=TEXT, digest="d", author="x")
        for ordinal, (start, end) in enumerate(CUTS):
            Passage.objects.create(
                revision=revision, ordinal=ordinal, start=start, text=TEXT[start:end], sentences=[], digest="d"
            )
    return source


def cite(message, n, revision, start, end):
    passage = revision.passages.filter(start__lte=start).last()
    Citation.objects.create(
        message=message, n=n, source=revision.source, revision=revision, passage=passage, start=start, end=end,
        title="t", quote=TEXT[start:end], updated=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def sites():
    return [Site.objects.create(slug=slug, name=slug) for slug in ("shop", "other")]


@pytest.fixture
def talks(sites):
    """Forty conversations on two sites with up to three answers each, citing two slices of two sources' revisions."""
    rng = random.Random(4)
    revisions = {site.pk: [r for slug in "ab" for r in written(site, slug).revisions.all()] for site in sites}
    for number in range(40):
        site = sites[number % 2]
        talk, _ = record.open_conversation(site)
        for answer in range(rng.randrange(4)):
            message = delivery.append(talk.pk, author="bot", text="x", outcome="answer", reply_to=str(answer))
            for n in range(rng.randrange(3)):
                start = rng.randrange(len(TEXT) - 40)
                cite(message, n + 1, rng.choice(revisions[site.pk]), start, start + rng.randrange(1, 40))


def scanned(site, wanted):
    """The conversations of a site with a citation that is wanted, found by reading every single one."""
    return {
        talk.pk
        for talk in Conversation.objects.all()
        if talk.site_id == site.pk
        for message in talk.messages.all()
        for citation in message.citations.all()
        if wanted(citation)
    }


def overlaps(passage):
    last = passage.start + len(passage.text)
    return lambda c: c.revision_id == passage.revision_id and c.start < last and c.end > passage.start


def test_what_is_listed_is_what_reading_every_conversation_finds(sites, talks):
    shop = sites[0]
    cleo = person("cleo", shop, Role.CONTENT_OWNER)
    mine = sites_of(cleo)
    seen = 0
    for source in Source.objects.all():
        here = source.site_id == shop.pk
        for kind, row, wanted in [
            ("source", source, lambda c, s=source: c.source_id == s.pk),
            *(("revision", r, lambda c, r=r: c.revision_id == r.pk) for r in source.revisions.all()),
            *(("passage", p, overlaps(p)) for p in Passage.objects.filter(revision__source=source)),
        ]:
            found = set(used.conversations(kind, row.pk, mine).values_list("pk", flat=True))
            assert found == (scanned(shop, wanted) if here else set()), (kind, row)
            seen += len(found)
    assert seen > 50


def test_counts_by_passage_are_those_of_each_passage_alone(sites, talks):
    mine = Site.objects.filter(slug="shop")
    for revision in Revision.objects.filter(source__site__slug="shop"):
        alone = {p.pk: used.conversations("passage", p.pk, mine).count() for p in revision.passages.all()}
        assert used.by_passage(revision, mine) == {pk: count for pk, count in alone.items() if count}


def test_passages_that_are_cut_again_find_the_same_conversations(sites, talks):
    mine = Site.objects.filter(slug="shop")
    revision = Revision.objects.filter(source__site__slug="shop").first()
    before = [used.conversations("passage", p.pk, mine).count() for p in revision.passages.all()]
    revision.passages.all().delete()
    for ordinal, (start, end) in enumerate(CUTS):
        Passage.objects.create(
            revision=revision, ordinal=ordinal, start=start, text=TEXT[start:end], sentences=[], digest="d"
        )
    assert [used.conversations("passage", p.pk, mine).count() for p in revision.passages.all()] == before


def test_the_pages_of_a_source_and_a_revision_lead_to_the_list_with_the_same_count(sites, talks):
    cleo = login(person("cleo", sites[0], Role.CONTENT_OWNER))
    revision = Revision.objects.filter(source__site=sites[0]).first()
    for model, kind, row in (("source", "source", revision.source), ("revision", "revision", revision)):
        page = cleo.get(reverse(f"admin:knowledge_{model}_change", args=[row.pk])).content.decode()
        address = reverse("admin:conversations_used", args=[kind, row.pk])
        assert f'hx-get="{address}"' in page
        count = used.conversations(kind, row.pk, Site.objects.filter(pk=sites[0].pk)).count()
        assert count
        told = cleo.get(address)
        assert f"Cited in {count} conversation" in told.content.decode()
        assert cleo.get(told.context["address"]).context["cl"].result_count == count
    for passage in told.context["passages"]:
        assert cleo.get(passage["address"]).context["cl"].result_count == passage["count"]


def test_who_may_not_read_the_record_or_is_of_another_site_learns_nothing(sites, talks):
    source = Source.objects.filter(site=sites[0]).first()
    address = reverse("admin:conversations_used", args=["source", source.pk])
    eve = login(person("eve", sites[1], Role.CONTENT_OWNER))
    assert "Cited in no conversation yet" in eve.get(address).content.decode()
    listed = reverse("admin:conversations_conversation_changelist")
    assert eve.get(listed, {"cited": f"source-{source.pk}"}).context["cl"].result_count == 0
    assert eve.get(listed, {"cited": "nonsense"}).context["cl"].result_count == 0
    nobody = login(User.objects.create_user("nobody", is_staff=True))
    assert nobody.get(address).status_code == 403
