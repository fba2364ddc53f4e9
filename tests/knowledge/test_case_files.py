"""The documents of CASES/files, which nobody on this project wrote, end as their manifest expects."""

import json
import os
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from knowledge.models import Passage, Revision
from knowledge.text.markdown import plain
from tests.knowledge.conftest import look, publishes

FOLDER = Path(os.environ.get("CASES", "/nowhere")) / "files"
MANIFEST = FOLDER / "manifest.jsonl"
CASES = [json.loads(line) for line in MANIFEST.read_text().splitlines()] if MANIFEST.is_file() else []
REASONS = {
    "reject_password": "password",
    "reject_no_text": "no text",
    "reject_empty": "no text",
    "reject_unsupported": "not supported|not a text file|whatever its name says",
    "reject_corrupt": "damaged|not a ",
    "reject_corrupt_or_ok_warn": "damaged|not a ",
}

pytestmark = [
    pytest.mark.skipif(not CASES, reason="CASES names no folder with files/manifest.jsonl"),
    pytest.mark.timeout(1800),  # some are books, and all of them are embedded
]


def words(text):
    return re.findall(r"\w+", plain(text).casefold())


def holds(text, wanted):
    return " ".join(words(wanted)) in " ".join(words(text))


def found(scope, wanted):
    """Whether the search returns a passage with the first words of what is wanted that no line end cuts."""
    some = " ".join(words(wanted)[-6:])
    return any(holds(hit.text, some) or holds(hit.heading, some) for hit in look(scope, wanted[:300]))


@pytest.mark.django_db
@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_a_document_ends_as_expected_and_what_it_must_contain_is_found(site, capsys, case):
    code = 0
    try:
        call_command("add_source", str(FOLDER / case["file"]), "--site", site.slug, "--category", "returns")
    except SystemExit as end:
        code = end.code
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    print(case["expect"], "→", said["status"], said["reason"] or said["warnings"])
    if said["status"] == "rejected":
        assert (code, case["expect"][:6]) == (1, "reject")
        assert re.search(REASONS[case["expect"]], said["reason"])
        assert not Revision.objects.exists()
        return
    assert code == 0
    assert case["expect"] in ("ok", "ok_warn", "reject_corrupt_or_ok_warn")
    assert said["warnings"] or case["expect"] == "ok"
    assert said["passages"] == Passage.objects.count() > 0
    scope, text = publishes(site), Revision.objects.get().text
    for wanted in case["must_contain"]:
        assert holds(text, wanted), wanted
        assert found(scope, wanted), wanted
