"""What is doubled, contradicting, stale or unused is shown to its owners; false alarms are counted."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from knowledge.editing import approval, ingest
from knowledge.insights import health, usage
from knowledge.models import Dismissal, PassageVectors, Revision, Source
from knowledge.readers.documents import Document
from sites.access import roles
from sites.models import LedgerEntry, Role, Site

CONTRADICTING = [
    "Standard delivery to a mainland UK address costs £4.95 and takes 3 to 5 working days.",
    "For delivery to Northern Ireland you pay £6.95.",
    "You can store up to six cards in your account.",
    "We keep click and collect orders in the store for 14 days.",
    "Delivery to the Republic of Ireland takes 8 to 10 working days.",
    "Orders of £90 or more are delivered free to Northern Ireland.",
    "The returns label costs £3.95 and is taken off your refund.",
    "The last day to order click and collect for Christmas is Friday 18 December.",
    "Parcels wait at the local depot for 10 days after a second missed delivery.",
    "The 14 days start on the day after the parcel arrived.",
]
MEANT = 3  # passages of the sample that are planted again, a little reworded


def plant(site, slug, title, text):
    return ingest.save(site, slug, Document(title, text, {}), categories=[], author="mallory").revision


def reworded(text):
    return text.replace("You can", "Customers can").replace("we ", "our team will ").replace(" your ", " their ")


@pytest.mark.django_db
def test_planted_duplicates_and_contradictions_of_the_sample_are_found_and_false_alarms_are_few(fernway):
    before = health.report(fernway)
    assert len(before.duplicates) == 0
    assert len(before.contradictions) <= 1, "false alarms of the sample as it is"
    longest = sorted(Revision.objects.filter(source__site=fernway).exclude(source__audience="internal"), key=_longest)
    for number, revision in enumerate(longest[-MEANT:]):
        copied = max(revision.passages.all(), key=lambda passage: len(passage.text))
        plant(fernway, f"planted-copy-{number}", revision.title, f"## {copied.heading}\n\n{reworded(copied.text)}")
    for number, sentence in enumerate(CONTRADICTING):
        plant(fernway, f"note-{number}", f"Note {number}", sentence)
    after = health.report(fernway)
    doubled = {side.slug for pair in after.duplicates for side in pair.sides if side.slug.startswith("planted-copy")}
    against = {side.slug for pair in after.contradictions for side in pair.sides if side.slug.startswith("note-")}
    false = len(after.contradictions) - len(against)
    print(
        f"duplicates {len(doubled)}/{MEANT}, contradictions {len(against)}/{len(CONTRADICTING)}, {false} false alarms"
    )
    assert len(doubled) == MEANT
    assert len(against) == len(CONTRADICTING)
    assert false <= 5


def _longest(revision):
    return max(len(passage.text) for passage in revision.passages.all())


@pytest.mark.parametrize(
    ("first", "second", "differs"),
    [
        ("Returns take 30 days.", "A return takes 14 days.", True),
        ("We close on Monday evening.", "We close on Tuesday evening.", True),
        ("Returns take 30 days.", "Returns take 30 days.", False),
        ("Delivery to Wales costs 5 euros.", "Delivery to Spain costs 9 euros.", False),
        ("Returns take 30 days.", "Gift cards are valid for 3 years.", False),
        ("Returns take 30 days, from day 1.", "Returns take 30 days.", False),
    ],
)
def test_two_sentences_contradict_when_only_a_number_or_a_day_differs(first, second, differs):
    assert health.differ(first, second) is differs


def test_what_is_due_expiring_and_never_found_is_listed(shop, cleo):
    today = timezone.localdate()
    Source.objects.filter(slug="returns").update(review_by=today)
    Source.objects.filter(slug="exchange").update(expires=today + timedelta(days=9))
    Revision.objects.filter(source__slug__in=["delivery", "returns"]).update(live=True)
    usage.note(retrieved=[(shop.pk, "returns")], cited=[])
    found = health.report(shop)
    assert [[source.slug for source in some] for some in (found.stale, found.expiring, found.unused)] == [
        ["returns"],
        ["exchange"],
        ["delivery"],
    ]


def test_withdrawn_and_rejected_texts_are_nobodys_problem(shop, cleo):
    draft = plant(shop, "copy", "Exchanging a size", Revision.objects.get(source__slug="exchange").text)
    assert [pair.score > 0.93 for pair in health.report(shop).duplicates] == [True]
    approval.withdraw(draft.source, actor=cleo, reason="doubled")
    assert health.report(shop).duplicates == []


def test_the_page_leads_to_the_mend_and_shows_only_ones_own_sites(shop, cleo, client):
    plant(shop, "copy", "Delivery times", "We deliver within six working days. To islands it takes a week.")
    client.force_login(cleo)
    page = client.get(reverse("admin:knowledge_source_health")).content.decode()
    revise = reverse("admin:knowledge_source_revise", args=[Source.objects.get(slug="copy").pk])
    assert "Probably contradicting each other: 1" in page
    assert f'href="{revise}"' in page
    eve = User.objects.create_user("eve", is_staff=True)
    roles.grant(eve, Site.objects.create(slug="evil", name="Evil"), Role.CONTENT_OWNER)
    client.force_login(eve)
    assert "Hill" not in client.get(reverse("admin:knowledge_source_health"), {"site": "hill"}).content.decode()


# ── Put aside, and disliked ───────────────────────────────────────────────────────────────────────────────────


def put_aside(client, site, pair, kind="contradiction", reason="Two different islands."):
    fields = {"kind": kind, "pair": pair.key, "reason": reason}
    return client.post(reverse("admin:knowledge_health_dismiss", args=[site.pk]), fields, follow=True).content.decode()


def test_a_pair_that_is_none_stays_away_until_either_text_changes(shop, cleo, client):
    copy = plant(shop, "copy", "Delivery times", "We deliver within six working days. To islands it takes a week.")
    client.force_login(cleo)
    pair = health.report(shop).contradictions[0]
    assert "Give a reason" in put_aside(client, shop, pair, reason=" ")
    assert "until either text changes" in put_aside(client, shop, pair)
    assert health.report(shop).contradictions == []
    assert "have changed, or were put aside already" in put_aside(client, shop, pair)
    words = "We deliver within seven working days. To islands it takes a week."
    ingest.revise(copy.source, title="Delivery times", text=words, actor=cleo)
    assert ["seven" in pair.first.text + pair.second.text for pair in health.report(shop).contradictions] == [True]
    dismissal = Dismissal.objects.get()
    assert (dismissal.actor, dismissal.reason) == ("cleo", "Two different islands.")
    assert LedgerEntry.objects.filter(kind="health_dismissed").count() == 1


def test_a_pair_can_be_shown_again_and_only_content_owners_put_aside(shop, cleo, client):
    plant(shop, "copy", "Delivery times", "We deliver within six working days. To islands it takes a week.")
    client.force_login(cleo)
    pair = health.report(shop).contradictions[0]
    put_aside(client, shop, pair)
    client.post(reverse("admin:knowledge_health_bring_back", args=[Dismissal.objects.get().pk]))
    assert [each.key for each in health.report(shop).contradictions] == [pair.key]
    ben = User.objects.create_user("ben", is_staff=True)
    roles.grant(ben, shop, Role.AGENT)
    client.force_login(ben)
    assert "is not a content owner" in put_aside(client, shop, pair)
    assert not Dismissal.objects.exists()


def test_sources_of_answers_that_are_mostly_disliked_are_listed(shop, cleo):
    pks = dict(Source.objects.values_list("slug", "pk"))
    for slug, down, up in (("returns", 3, 2), ("delivery", 3, 3), ("exchange", 2, 0)):
        for good, times in ((False, down), (True, up)):
            for _ in range(times):
                usage.judge([pks[slug]], good=good)
    old = timezone.localdate() - timedelta(days=100)
    usage.judge([pks["exchange"]], good=False, day=old)
    assert [(each.slug, each.down, each.up) for each in health.report(shop).disliked] == [("returns", 3, 2)]
    usage.judge([pks["returns"]], good=False, taken_back=True)
    assert health.report(shop).disliked == []


@pytest.mark.django_db
def test_pairs_are_found_once_and_anew_as_soon_as_a_text_a_vector_or_a_persons_word_changes(fernway, people):
    def made() -> tuple[int, int]:
        before = health._pairs.cache_info().misses
        found = health.report(fernway)
        return health._pairs.cache_info().misses - before, len(found.contradictions)

    plant(fernway, "one", "One", "Boots are washed for £12 in our stores.")
    other = plant(fernway, "two", "Two", "Boots are washed for £15 in our stores.")
    new, against = made()
    assert new == 1
    assert made() == (0, against)
    pair = next(p for p in health.report(fernway).contradictions if p.first.slug in ("one", "two"))
    health.dismiss(fernway, "contradiction", pair.key, actor="cleo", reason="Two kinds of boots.")
    assert made() == (1, against - 1)
    health.bring_back(Dismissal.objects.get(), actor="cleo")
    assert made() == (0, against), "as it was, and known"
    approval.withdraw(other.source, actor="cleo", reason="Wrong.")
    assert made() == (1, against - 1)
    approval.restore(other.source, actor="cleo", reason="Right.")
    kept = PassageVectors.objects.filter(digest__in=other.passages.values("digest"))
    rows = list(kept)
    kept.delete()
    assert made() == (1, against - 1), "without vectors nothing can be said of it"
    PassageVectors.objects.bulk_create(rows)
    assert made() == (0, against)
