"""The guided start proposes with an article the questions it answers, and keeps what the site is tested with apart."""

import pytest

from knowledge.models import Revision
from release.onboarding import starts
from sites.core import outbox
from tests.release import test_starts, test_starts_from_a_folder
from tests.release.test_starts import cleo, site  # noqa: F401

pytestmark = pytest.mark.django_db


def accepted(found, cleo):  # noqa: F811
    starts.accept(found, title="Sending back", keep=list(found.parts.values_list("pk", flat=True)), actor=cleo)
    while outbox.run_due(bulk=True):
        pass
    return Revision.objects.get(source__slug__startswith="sending-back")


def test_answered_messages_become_the_questions_of_the_article_made_of_them(site, cleo):  # noqa: F811
    rows = [[text, "Within 30 days."] for text in test_starts.RETURNS]
    found = test_starts.subject(test_starts.begun(site, cleo, test_starts.sheet(rows, "question", "answer")), "back")
    questions = set(accepted(found, cleo).questions)
    assert questions
    assert questions <= set(test_starts.RETURNS)
    assert not questions & test_starts.texts(found, "scenario")


def test_what_an_article_of_a_folder_asks_and_answers_becomes_its_questions(site, cleo):  # noqa: F811
    found = test_starts_from_a_folder.subject(test_starts_from_a_folder.begun(site, cleo), "Returns")
    asked = {f"Can I send back a {thing}?" for thing in test_starts_from_a_folder.THINGS}
    made = accepted(found, cleo)
    assert set(made.questions) == asked - test_starts.texts(found, "scenario")
    assert made.questions


def test_what_its_front_matter_says_comes_first(site, cleo):  # noqa: F811
    text = "---\nquestions: [how do I post it back, refund]\n---\n" + test_starts_from_a_folder.RETURNS
    files = test_starts_from_a_folder.archive({**test_starts_from_a_folder.HELP, "help/returns/back.md": text})
    found = test_starts_from_a_folder.subject(test_starts_from_a_folder.begun(site, cleo, files), "Returns")
    assert accepted(found, cleo).questions == ["how do I post it back", "refund"]
