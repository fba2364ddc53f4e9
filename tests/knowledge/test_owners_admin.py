"""Content owners at work in the admin: write, look, hand in, approve, take back. Others look, or see nothing."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from knowledge.editing import ingest
from knowledge.embedding.embedders import embedder
from knowledge.models import Category, Example, Gap, Revision, Source
from knowledge.retrieval import search
from sites.access import roles
from sites.core import ledger
from sites.models import LedgerEntry, Role, Site

from .conftest import look, publishes, sources


@pytest.fixture
def browse(client):
    """Act as a person: browse(user).get(...)"""

    def as_person(user):
        client.force_login(user)
        return client

    return as_person


@pytest.fixture
def mila(shop):
    user = User.objects.create_user("mila")
    roles.grant(user, shop, Role.CONTENT_OWNER)
    return user


@pytest.fixture
def ben(shop):
    user = User.objects.create_user("ben")
    roles.grant(user, shop, Role.AGENT)
    return user


@pytest.fixture
def eve(db):
    user = User.objects.create_user("eve")
    roles.grant(user, Site.objects.create(slug="evil", name="Evil"), Role.CONTENT_OWNER)
    return user


def source_page(slug="returns"):
    return reverse("admin:knowledge_source_change", args=[Source.objects.get(slug=slug).pk])


def revision_page(revision):
    return reverse("admin:knowledge_revision_change", args=[revision.pk])


def typed(answer):
    """What the editor on a page would send when its fields are left as they are."""
    form = answer.context["form"]
    return {name: form[name].value() for name in form.fields if name != "file" and form[name].value() is not None}


def act(client, model, row, verb, **data):
    answer = client.post(reverse(f"admin:knowledge_{model}_act", args=[row.pk, verb]), data, follow=True)
    return answer.content.decode()


def test_an_article_goes_from_the_editor_to_approval_by_somebody_else(shop, browse, cleo, mila):
    page = browse(cleo).get(reverse("admin:knowledge_source_revise", args=[Source.objects.get(slug="returns").pk]))
    assert "within 30 days" in page.content.decode()
    text = "You can return a product within 45 days of delivery. Outlet items cannot be returned."
    answer = browse(cleo).post(page.request["PATH_INFO"], {"title": "Returning a product", "text": text}, follow=True)
    draft = Revision.objects.get(source__slug="returns", number=2)
    shown = answer.content.decode()
    assert "<del>30</del><ins>45</ins>" in shown
    assert "1 passage" in shown
    assert "Submitted" in act(browse(cleo), "revision", draft, "submit")
    assert "Somebody else must approve this" in act(browse(cleo), "revision", draft, "approve")
    assert "next release publishes it" in act(browse(mila), "revision", draft, "approve", reason="checked with law")
    draft.refresh_from_db()
    assert (draft.state, draft.author, draft.approver) == ("approved", "cleo", "mila")
    assert not list(ledger.verify(shop))


def test_a_new_source_can_be_uploaded(shop, browse, cleo):
    file = SimpleUploadedFile("gift.md", b"# Gift cards\n\nA gift card is valid for three years.\n")
    category = Category.objects.get(slug="returns")
    fields = {"site": shop.pk, "slug": "gift-cards", "audience": "public", "categories": [category.pk], "file": file}
    seen = browse(cleo).post(reverse("admin:knowledge_source_add"), fields)
    assert not Revision.objects.filter(source__slug="gift-cards").exists(), "nobody has looked at it yet"
    browse(cleo).post(reverse("admin:knowledge_source_add"), typed(seen))
    revision = Revision.objects.get(source__slug="gift-cards")
    assert (revision.title, revision.state, revision.author) == ("Gift cards", "draft", "cleo")
    assert revision.source.origin == "gift.md"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"slug": "x", "title": "", "text": "Words."}, "Give it a title."),
        ({"slug": "x", "title": "T", "text": " "}, "Write the text"),
        ({"slug": "returns", "title": "T", "text": "Words."}, "There is a source of this name"),
        ({"slug": "x", "file": SimpleUploadedFile("a.exe", b"MZ")}, ".exe is not supported"),
    ],
)
def test_what_cannot_be_saved_is_said_beside_the_field(shop, browse, cleo, fields, said):
    answer = browse(cleo).post(reverse("admin:knowledge_source_add"), {"site": shop.pk, "audience": "public", **fields})
    assert said in answer.content.decode()
    assert Source.objects.filter(site=shop).count() == 5


def test_withdrawing_takes_a_reason_and_works_at_once(shop, browse, cleo):
    returns, scope = Source.objects.get(slug="returns"), publishes(shop)
    assert "Give a reason" in act(browse(cleo), "source", returns, "withdraw", reason=" ")
    assert "returns" in sources(look(scope, "return a product"))
    assert "no answer uses it" in act(browse(cleo), "source", returns, "withdraw", reason="law has changed")
    assert "returns" not in sources(look(scope, "return a product"))
    assert "law has changed" in browse(cleo).get(source_page()).content.decode()
    assert "is withdrawn already" in act(browse(cleo), "source", returns, "withdraw", reason="again")
    assert "Restored" in act(browse(cleo), "source", returns, "restore", reason="it was right")
    assert "returns" in sources(look(scope, "return a product"))
    kinds = list(LedgerEntry.objects.exclude(kind="membership_given").order_by("number").values_list("kind", flat=True))
    assert kinds[-2:] == ["source_withdrawn", "source_restored"]


def test_restoring_begins_with_what_would_be_quoted_again(shop, browse, cleo, ben):
    returns, publishing = Source.objects.get(slug="returns"), publishes(shop)
    Revision.objects.filter(pk__in=publishing.revisions).update(live=True)
    page = reverse("admin:knowledge_source_restore", args=[returns.pk])
    assert browse(cleo).get(page).status_code == 302, "nothing is withdrawn"
    act(browse(cleo), "source", returns, "withdraw", reason="law has changed")
    assert page in browse(cleo).get(reverse("admin:knowledge_source_change", args=[returns.pk])).content.decode()
    shown = browse(cleo).get(page).content.decode()
    assert "law has changed" in shown
    assert "Outlet items cannot be returned." in shown
    assert browse(ben).get(page).status_code == 403
    Source.objects.filter(pk=returns.pk).update(expires=timezone.localdate())
    Revision.objects.update(live=False)
    shown = browse(cleo).get(page).content.decode()
    assert "It expired on" in shown
    assert "Nothing of it is live" in shown


def test_policies_act_at_once_and_are_in_the_record(shop, browse, cleo):
    scope = publishes(shop)
    category = Category.objects.get(slug="returns")
    fields = {"categories": [category.pk], "audience": "internal", "url": "", "owner": "cleo"}
    browse(cleo).post(source_page(), fields)
    assert Source.objects.get(slug="returns").audience == "internal"
    assert "returns" not in sources(look(scope, "return a product"))
    assert LedgerEntry.objects.filter(kind="source_governed").count() == 1
    fields |= {"url": "javascript:alert(1)"}
    assert "Enter a valid URL" in browse(cleo).post(source_page(), fields).content.decode()


def test_widening_an_audience_shows_nothing_before_a_release(shop, browse, cleo):
    """The internal article becomes public by its owner alone: the live scope does not hold it."""
    live = publishes(shop)
    category = Category.objects.get(slug="returns")
    page = source_page("returns-internal")
    browse(cleo).post(page, {"categories": [category.pk], "audience": "public", "url": "", "owner": ""})
    assert "returns-internal" not in sources(look(live, "goodwill returns by staff up to 50 euros"))


def test_an_agent_looks_and_changes_nothing(shop, browse, ben):
    client = browse(ben)
    page = client.get(source_page()).content.decode()
    assert "Returning a product" in page
    assert "Withdraw" not in page
    returns = Source.objects.get(slug="returns")
    assert "is not a content owner" in act(client, "source", returns, "withdraw", reason="mischief")
    assert client.post(source_page(), {"audience": "public"}).status_code == 200
    assert client.get(reverse("admin:knowledge_source_revise", args=[returns.pk])).status_code == 403
    assert client.get(reverse("admin:knowledge_source_add")).status_code == 403
    assert client.post(reverse("admin:knowledge_category_add"), {"site": shop.pk}).status_code == 403
    returns.refresh_from_db()
    assert returns.withdrawn_at is None


def test_a_content_owner_of_another_site_sees_nothing(shop, browse, eve):
    client = browse(eve)
    revision = Revision.objects.get(source__slug="returns")
    for name in ("source", "revision", "category", "shelf", "gap", "example"):
        page = client.get(reverse(f"admin:knowledge_{name}_changelist"))
        assert page.status_code == 200
        shown = page.content.decode().split('id="content"')[1]  # rows, and what the filters offer
        assert "Returns" not in shown
        assert "Returning" not in shown
        assert "Hill" not in shown
    assert client.get(source_page()).status_code == 404
    assert client.get(revision_page(revision)).status_code == 404
    assert client.post(reverse("admin:knowledge_revision_act", args=[revision.pk, "reject"])).status_code == 404
    category = Category.objects.get(slug="returns")
    assert client.get(reverse("admin:knowledge_category_change", args=[category.pk])).status_code == 302


def test_a_category_is_written_with_its_examples_and_counterexamples(shop, browse, cleo):
    category = Category.objects.get(slug="returns")
    fields = {
        "title": "Returns", "description": "", "owner": "cleo", "risk": "low", "route": "answer", "mode": "quote",
        "tool": "", "asked_level": 3, "position": 0,
        "examples-TOTAL_FORMS": 1, "examples-INITIAL_FORMS": 0, "examples-0-text": "Can I send it back?",
        "examples-2-TOTAL_FORMS": 1, "examples-2-INITIAL_FORMS": 0, "examples-2-0-text": "Can I sell it back?",
    }  # fmt: skip
    address = reverse("admin:knowledge_category_change", args=[category.pk])
    assert browse(cleo).post(address, fields).status_code == 302
    kept = set(Example.objects.values_list("text", "counter", "category", "site"))
    assert kept == {
        ("Can I send it back?", False, category.pk, shop.pk),
        ("Can I sell it back?", True, category.pk, shop.pk),
    }
    page = browse(cleo).get(address).content.decode()
    assert page.count('value="Can I sell it back?"') == 1
    assert (
        "1 (needs 10), 1 counter" in browse(cleo).get(reverse("admin:knowledge_category_changelist")).content.decode()
    )
    assert LedgerEntry.objects.filter(kind="category_written").count() == 1


def test_site_wide_counterexamples_are_written_and_removed_on_the_record(shop, browse, cleo):
    add = reverse("admin:knowledge_example_add")
    browse(cleo).post(add, {"site": shop.pk, "text": "Who won the match?"})
    example = Example.objects.get()
    assert (example.counter, example.category) == (True, None)
    chosen = {"action": "delete_selected", "_selected_action": [example.pk], "post": "yes"}
    browse(cleo).post(reverse("admin:knowledge_example_changelist"), chosen)
    assert not Example.objects.exists()
    assert LedgerEntry.objects.filter(kind__startswith="counterexample_").count() == 2


def test_the_list_of_sources_tells_each_state_in_few_queries(shop, browse, cleo, django_assert_max_num_queries):
    Source.objects.filter(slug="exchange").update(expires="2020-01-01")
    client = browse(cleo)
    address = reverse("admin:knowledge_source_changelist")
    client.get(address)
    with django_assert_max_num_queries(22):
        assert "expired" in client.get(address).content.decode()
    listed = client.get(address, {"state": "expired"}).content.decode()
    assert "Exchanging a size" in listed
    assert "Delivery times" not in listed


def test_a_gap_is_handled_by_a_content_owner(shop, browse, cleo):
    gap = Gap.objects.create(site=shop, text="Do you rent tents?", reason="out_of_scope")
    listing = reverse("admin:knowledge_gap_changelist")
    assert "Do you rent tents?" in browse(cleo).get(listing).content.decode()
    browse(cleo).post(listing, {"action": "mark_handled", "_selected_action": [gap.pk]})
    gap.refresh_from_db()
    assert gap.handled_by == "cleo"


def test_hostile_text_in_an_article_stays_text(shop, browse, cleo):
    hostile = '<script>alert(1)</script> **"onload=** {{ settings.SECRET_KEY }} {% url %} and more words.'
    saved = ingest.revise(Source.objects.get(slug="returns"), title="<b>T</b>", text=hostile, actor=cleo)
    page = browse(cleo).get(revision_page(saved.revision)).content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>T</b>" not in page
    assert "{{ settings.SECRET_KEY }}" in page
    assert search.find(publishes(shop), "x", embedder().encode_one("x"))
