"""A folder of articles becomes proposals with the file each stands in; a bad file is named, and the rest goes on."""

import io
import zipfile

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from knowledge.models import Category, Example, Gap, Revision, Source
from knowledge.readers import folder, zipped
from knowledge.readers.documents import DocumentError
from release.models import Proposal
from release.models.started import Start, Suggestion, Ticket
from release.onboarding import starts, tickets
from sites.access import roles
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import Role, Site

pytestmark = pytest.mark.django_db
THINGS = ("bike", "helmet", "lamp", "pump", "saddle", "lock", "bell")
RETURNS = "# Sending things back\n\n" + "\n\n".join(
    f"## Can I send back a {t}?\n\nYes, a {t} within 30 days." for t in THINGS
)
DELIVERY = "# Parcels\n\nWe deliver.\n\n" + "\n\n".join(
    f"**When does my {t} arrive?**\n\nA {t} takes a week." for t in THINGS
)
OPEN = "# Hire\n\nWe hire out tandems.\n\n## Is there a deposit?\n\n## Opening hours\n\nNine to five.\n"


@pytest.fixture
def site():
    return Site.objects.create(slug="bikes", name="Bikes")


@pytest.fixture
def cleo(site):
    user = User.objects.create_user("cleo", is_staff=True)
    roles.grant(user, site, Role.CONTENT_OWNER)
    return user


def archive(files, name="help.zip", **how):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, text in files.items():
            packed.writestr(path, text)
    data = out.getvalue()
    for before, after in how.get("forged", ()):
        data = data.replace(before, after)
    return SimpleUploadedFile(name, data)


def file(name, text):
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


HELP = {"help/returns/back.md": RETURNS, "help/delivery/parcels.md": DELIVERY, "help/hire.md": OPEN}


def begun(site, cleo, *files, paths=()):
    start = starts.begin_folder(site, files or [archive(HELP)], paths, actor=cleo)
    done()
    start.refresh_from_db()
    return start


def done():
    while outbox.run_due(bulk=True):
        pass


def subject(start, title):
    return start.suggestions.get(kind="category", text=title)


def texts(suggestion, kind):
    return set(suggestion.parts.filter(kind=kind).values_list("text", flat=True))


# ── What is proposed ──────────────────────────────────────────────────────────────────────────────────────────


def test_each_sub_folder_is_a_category_with_its_articles_and_the_questions_they_ask(site, cleo):
    start = begun(site, cleo)
    assert {s.text for s in start.suggestions.filter(kind="category")} == {"Returns", "Delivery", "Hire"}
    returns = subject(start, "Returns")
    assert texts(returns, "article") == {"Sending things back"}
    asked = {f"Can I send back a {thing}?" for thing in THINGS}
    assert texts(returns, "scenario") < asked
    assert asked == (texts(returns, "example") | texts(returns, "scenario")) - {"Sending things back"}
    assert {text.split()[0] for text in texts(returns, "counterexample")} <= {"When", "Is"}
    assert texts(subject(start, "Delivery"), "example") > {"When does my bike arrive?"}
    assert not Ticket.objects.exists()
    assert not Category.objects.exists()


def test_every_proposal_says_where_it_stands_and_a_title_is_called_nobodys_question(site, cleo):
    start = begun(site, cleo)
    parts = start.suggestions.exclude(kind="category")
    assert all(part.body.get("from") or part.body.get("file") for part in parts)
    title = subject(start, "Returns").parts.get(text="Sending things back", kind="example")
    assert title.body == {"from": "the title of returns/back.md, which nobody asked", "unticked": True}
    client = Client()
    client.force_login(cleo)
    seen = client.get(reverse("chatbot:start", args=[start.pk])).content.decode()
    assert "from returns/back.md" in seen
    assert "not customers&#x27;" in seen
    assert f'value="{title.pk}">' in seen, "and it is not ticked"


def test_a_question_that_an_article_leaves_open_is_a_gap(site, cleo):
    start = begun(site, cleo)
    gap = start.suggestions.get(kind="gap")
    assert (gap.text, gap.body) == ("Is there a deposit?", {"from": "hire.md"})
    starts.take_gap(gap, actor=cleo)
    assert [(row.text, row.reason) for row in Gap.objects.all()] == [("Is there a deposit?", "open_in_article")]


def test_articles_of_one_subject_are_put_together_where_there_are_no_sub_folders(site, cleo):
    papers = {
        "a.md": "# Returning a bike\n\n## Refunds for a returned bike\n\nWe refund.",
        "b.md": "# Returning a bike bought online\n\n## Refunds for a returned bike\n\nWe refund.",
        "c.md": "# Jobs\n\n## Apply as a mechanic\n\nWrite to us.",
    }
    start = begun(site, cleo, *[file(name, text) for name, text in papers.items()])
    found = {frozenset(texts(s, "article")) for s in start.suggestions.filter(kind="category")}
    assert found == {frozenset({"Returning a bike", "Returning a bike bought online"}), frozenset({"Jobs"})}


def test_accepting_makes_drafts_with_the_policies_the_articles_state(site, cleo):
    inside = "---\naudience: internal\nexpires: 2031-02-03\n---\n# Goodwill\n\n## May we be kind?\n\nYes, quietly."
    start = begun(site, cleo, archive({**HELP, "help/returns/goodwill.md": inside}))
    found = subject(start, "Returns")
    starts.accept(found, title="Returns", keep=[part.pk for part in found.parts.all()], actor=cleo)
    done()
    assert {(r.state, r.author) for r in Revision.objects.all()} == {("draft", "cleo")}
    hidden = Source.objects.get(audience="internal")
    assert (str(hidden.expires), hidden.origin) == ("2031-02-03", "help.zip: returns/goodwill.md")
    assert Source.objects.get(audience="public").revisions.get().text == RETURNS
    assert Proposal.objects.filter(kind=Proposal.Kind.SCENARIO).exists()
    assert not list(ledger.verify(site))


def test_an_article_without_a_question_can_be_accepted_and_nothing_at_all_cannot(site, cleo):
    start = begun(site, cleo, file("a.md", "# Jobs\n\nWrite to us."), file("b.md", "# Parcels\n\nA week."))
    jobs = subject(start, "Jobs")
    with pytest.raises(Refused, match="at least one example"):
        starts.accept(jobs, title="Jobs", keep=[], actor=cleo)
    starts.accept(jobs, title="Jobs", keep=[jobs.parts.get(kind="article").pk], actor=cleo)
    done()
    assert Revision.objects.get().title == "Jobs"
    assert not Example.objects.exists()


def test_a_killed_worker_goes_on_and_done_twice_it_proposes_once(site, cleo):
    start = starts.begin_folder(site, [archive(HELP)], actor=cleo)
    assert not starts.advance(start, seconds=0)
    assert starts.advance(start, seconds=60)
    count = start.suggestions.count()
    assert starts.advance(start, seconds=60)
    assert start.suggestions.count() == count


# ── What is refused ───────────────────────────────────────────────────────────────────────────────────────────


def test_one_bad_file_is_named_with_its_reason_and_the_rest_goes_on(site, cleo):
    bad = {
        "help/photo.png": b"\x89PNG",
        "help/broken.pdf": b"%PDF-1.4 broken",
        "help/empty.md": "",
        "help/inner.zip": b"PK",
        "help/../../etc/passwd.md": "# Out",
        "/absolute.md": "# Out",
        "C:\\windows.md": "# Out",
        "help/wrong.md": "---\nexpires: soon\n---\n# Text\n\nWords.",
        "help/asked.csv": "id,question\n1,Where is it?\n2,Why?\n",
        "help/.DS_Store": b"\x00",
        "__MACOSX/help/._a.md": b"\x00",
    }
    start = begun(site, cleo, archive({**HELP, **bad}))
    assert start.articles == 3
    said = "\n".join(start.warnings)
    for name, why in (
        ("photo.png", "not supported"), ("broken.pdf", ""), ("empty.md", "no text"), ("inner.zip", "inside a .zip"),
        ("passwd.md", "points out of the folder"), ("absolute.md", "points out"), ("windows.md", "points out"),
        ("wrong.md", "expires: expected a date"), ("asked.csv", "past questions is no article"),
    ):  # fmt: skip
        (line,) = [line for line in start.warnings if name in line]
        assert why in line, said
    assert len(start.warnings) == 9, "what a computer leaves in folders is not worth a word"


def bomb():
    return archive({"help/a.md": b"a" * (zipped.MAX_UNPACKED + 1)})


def lying_bomb():
    """Says of itself that it is small: the sizes in both headers are forged."""
    body = b"a" * (zipped.MAX_UNPACKED + 1)
    true, false = len(body).to_bytes(4, "little"), (10).to_bytes(4, "little")
    return archive({"help/a.md": body}, forged=[(true, false)])


def encrypted():
    made = bytearray(archive({"help/a.md": "# A\n\nWords."}).read())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(mark) + place] |= 1
    return SimpleUploadedFile("help.zip", bytes(made))


def crowded():
    return archive({f"help/{n}.md": "# A\n\nWords." for n in range(zipped.MAX_FILES + 1)})


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (bomb, "unpacks to more than 25 MB"),
        (encrypted, "protected with a password"),
        (crowded, "501 files in it; hand in at most 500"),
        (lambda: file("help.zip", b"no archive"), "no .zip that can be opened"),
        (lambda: archive({"help/a.png": b"x"}), "no article in it.*a.png"),
        (lambda: archive({}), "no article in it"),
    ],
    ids=["bomb", "encrypted", "too many", "no zip", "no article", "empty"],
)
def test_a_folder_that_is_of_no_use_is_refused_with_the_reason(site, cleo, made, why):
    with pytest.raises(Refused, match=why):
        starts.begin_folder(site, [made()], actor=cleo)
    assert not Start.objects.exists()
    assert not Suggestion.objects.exists()


def test_what_an_archive_says_of_its_own_size_is_not_believed():
    files, refused = zipped.unpack(lying_bomb().read())
    assert sum(len(data) for _, data in files) <= zipped.MAX_UNPACKED
    assert files == [] or len(files[0][1]) <= 10
    assert [path for path, _ in refused] == ["help/a.md"] or files


def test_several_archives_and_files_together_keep_to_one_limit():
    some = {f"{n}.md": "# A\n\nWords." for n in range(300)}
    with pytest.raises(DocumentError, match="more than 500 files"):
        folder.read([archive(some), archive(some)])
    with pytest.raises(DocumentError, match="more than 25 MB"):
        folder.read([file(f"{n}.md", b"a" * 9_000_000) for n in range(3)])


def test_what_takes_too_long_is_named_and_nothing_hangs():
    found = folder.read([file("a.md", "# A\n\nWords."), file("b.md", "# B\n\nWords.")], seconds=0)
    assert not found.papers
    assert ["not reached" in why for why in found.refused] == [True, True]


# ── The page, and masking ─────────────────────────────────────────────────────────────────────────────────────


def test_several_files_of_a_form_are_a_folder_with_the_places_the_browser_tells(site, cleo):
    client = Client()
    client.force_login(cleo)
    files = [file("back.md", RETURNS), file("parcels.md", DELIVERY)]
    data = {
        "site": site.pk,
        "kind": "questions",
        "folder": files,
        "path": ["h/returns/back.md", "h/delivery/parcels.md"],
    }
    assert client.post(reverse("chatbot:starts"), data).status_code == 302
    done()
    assert {s.text for s in Suggestion.objects.filter(kind="category")} == {"Returns", "Delivery"}
    nothing = client.post(reverse("chatbot:starts"), {"site": site.pk})
    assert "Choose a file" in nothing.content.decode()
    alone = client.post(reverse("chatbot:starts"), {"site": site.pk, "kind": "articles", "file": file("a.md", RETURNS)})
    assert alone.status_code == 302
    assert Start.objects.first().articles == 1


def test_too_many_files_of_a_form_are_refused_in_a_sentence(site, cleo, settings):
    client = Client(raise_request_exception=False)
    client.force_login(cleo)
    files = [file(f"{n}.md", "# A\n\nWords.") for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)]
    said = client.post(reverse("chatbot:starts"), {"site": site.pk, "file": files})
    assert (said.status_code, "hand in a .zip" in said.content.decode()) == (400, True)


ANSWER = (
    "Dear Mrs Lovelace,\nyour order 80012345 is on its way to ada@shop.example, see https://shop.example/t/1.\n"
    "Kind regards,\nBen Carter"
)


@pytest.mark.parametrize("folder_of_it", [False, True])
def test_the_answers_of_a_csv_are_masked_like_its_questions(site, cleo, folder_of_it):
    rows = "".join(f'"Hi Ben, where is my {thing} now?","{ANSWER}"\n' for thing in THINGS)
    sheet = file("tickets.csv", f"question,answer\n{rows}")
    if folder_of_it:
        start = begun(site, cleo, sheet, file("b.md", RETURNS))
    else:
        start = starts.begin(site, sheet, actor=cleo)
        done()
    kept = " ".join(str(s.body.get("text", s.text)) + s.text for s in start.suggestions.all())
    for secret in ("Lovelace", "80012345", "ada@", "https://shop", "Carter", "Hi Ben"):
        assert secret not in kept, secret
    assert "is on its way to •••" in kept


@pytest.mark.parametrize("text", ["Hello there, where is it?", "Dear customer, write to us.", "Send regards to them."])
def test_what_is_no_name_stays(text):
    assert tickets.without_persons(text) == text
