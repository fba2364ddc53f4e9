"""Many articles in no folder are proposed as several categories, which a person names, or takes as one."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from release.models.started import Suggestion
from release.onboarding import starts, together
from sites.access.roles import grant
from sites.core import outbox
from sites.models import Role, Site
from sites.people import founding

pytestmark = pytest.mark.django_db
KINDS = {
    "parcel": "# {} parcel delivery\n\nWe deliver your {} parcel to your house within two days of the order.\n",
    "bike": "# {} bike repair\n\nOur workshop repairs the brakes and the chain of your {} bike.\n",
    "gift": "# {} gift card\n\nPay with a {} gift card at the till; it buys anything.\n",
}
WORDS = ("Blue", "Large", "Green", "Small", "Fast", "Red", "Heavy", "Cheap", "Old")


@pytest.fixture
def site(people) -> Site:
    made = founding.found(
        "Corner", origins=["https://corner.example"], timezone="Europe/London", email="", countries=["GB"],
        actor=people["admin"],
    )  # fmt: skip
    grant(people["cleo"], made, Role.CONTENT_OWNER)
    return made


def handed_in(site: Site, actor, count: int = 9):
    texts = {f"{kind}-{word}.md": text.format(word, word) for kind, text in KINDS.items() for word in WORDS[:count]}
    files = [ContentFile(text.encode(), name=name) for name, text in texts.items()]
    start = starts.begin_folder(site, files, list(texts), actor=actor)
    while outbox.run_due(bulk=True):
        pass
    start.refresh_from_db()
    return start


def test_a_flat_folder_is_proposed_as_several_categories_with_names_of_their_own(site: Site, people) -> None:
    proposed = together.open_(handed_in(site, people["admin"]))
    named = {each.text: each.body["articles"] for each in proposed if each.body["named"]}
    assert sum(named.values()) >= 20
    assert len(named) >= 2
    assert all(len(name.split()) == 1 for name in named), "the word that their titles share"


def test_a_small_one_stays_one_category(site: Site, people) -> None:
    start = handed_in(site, people["admin"], 3)
    assert not any(each.body["named"] for each in together.open_(start))
    assert len(together.take(start, actor=people["admin"], title="Help")) == 1


def test_a_person_names_them_on_the_page_and_two_of_one_name_become_one(site: Site, people, client: Client) -> None:
    start = handed_in(site, people["admin"])
    proposed = [each for each in together.open_(start) if each.body["named"]]
    client.force_login(people["admin"])
    page = client.get(f"/admin/your-site/{site.slug}/").content.decode()
    assert all(f'name="title-{each.pk}"' in page for each in proposed)
    typed = {f"title-{each.pk}": "Everything" for each in proposed[1:]} | {f"title-{proposed[0].pk}": "Apart"}
    client.post(f"/admin/your-site/{site.slug}/take/act/", {"start": start.pk, "title": "The rest"} | typed)
    titles = set(site.categories.values_list("title", flat=True))
    assert {"Apart", "Everything"} <= titles <= {"Apart", "Everything", "The rest"}


def test_few_articles_are_offered_as_one_category_first_for_that_opens_soonest(
    site: Site, people, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = handed_in(site, people["admin"])
    client.force_login(people["admin"])
    page = client.get(f"/admin/your-site/{site.slug}/").content.decode()
    assert page.index("Take all of it as one category") < page.index("Take it as these categories")
    monkeypatch.setattr(together, "SOON", 9)
    assert not together.as_one(start, together.open_(start))
    page = client.get(f"/admin/your-site/{site.slug}/").content.decode()
    assert page.index("Take all of it") < page.index("Take it as one category")


def test_or_takes_it_as_one(site: Site, people, client: Client) -> None:
    start = handed_in(site, people["admin"])
    client.force_login(people["admin"])
    typed = {f"title-{each.pk}": each.text for each in together.open_(start)}
    data = {"start": start.pk, "title": "Our help", "as_one": "1"} | typed
    client.post(f"/admin/your-site/{site.slug}/take/act/", data)
    assert [category.title for category in site.categories.all()] == ["Our help"]


def test_lots_that_become_one_category_are_not_held_against_each_other(site: Site, people) -> None:
    start = handed_in(site, people["admin"])
    lots = [each for each in together.open_(start) if each.body["named"]]
    texts = ["How do I set a name?", "Can I register others?"]
    for n, lot in enumerate(lots[:2]):
        for kind, text in (("example", texts[n]), ("counterexample", texts[1 - n]), ("counterexample", "Is it warm?")):
            Suggestion.objects.create(start=start, subject=lot, kind=kind, text=text)
    (made,) = together.take(start, actor=people["admin"], title="Help", whole=True)
    taught = set(made.examples.filter(text__in=[*texts, "Is it warm?"]).values_list("text", "counter"))
    assert taught == {(texts[0], False), (texts[1], False), ("Is it warm?", True)}
