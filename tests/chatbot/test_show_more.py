"""What is shown at once is short and whole; "Show more" holds the rest of the section, from the same approved text."""

import hashlib
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from django.utils import timezone

from chatbot.decide.answer import compose, extent, shown, verify
from chatbot.decide.answer.page import Page
from chatbot.outcome import Part
from knowledge.models import Passage, Revision, Source
from knowledge.retrieval.hits import Hit
from knowledge.text.passages import split
from sites.models import Site

pytestmark = pytest.mark.django_db

LONG = "# Stoves\n\nTo service the stove:\n\n" + "".join(
    f"{n}. Take part number {n} out of the stove, wipe it with a dry cloth and lay it beside the one before.\n"
    for n in range(1, 16)
)
SHORT = "# Filters\n\nTo change the filter:\n\n" + "".join(f"{n}. Do part {n} of it.\n" for n in range(1, 13))
TENTS = """# Tents

We hire tents in summer. A tent costs £20 a night. However, at weekends it costs £25.

Bring it back dry, and tell us what is torn or bent, so that we can mend it before the next people take it out. Nobody
pays for a seam that gave way or for a pole that broke in a storm. Whoever loses the bag, the pegs or the mallet pays
for a new one, and takes the old one home when it turns up again.

- Pegs are counted.
- Poles are looked at.

## Boats

Boats are hired in winter.
"""
PRICES = "# Prices\n\nWhat hire costs:\n\n| Boat | A day |\n|---|---|\n" + "".join(
    f"| Boat number {n} with two paddles and a spare seat | £{n} |\n" for n in range(1, 31)
)


def hits(text: str, size: int = 120) -> list[Hit]:
    """The passages of an approved article, as a search finds them; `size`: words that fit in one."""
    site = Site.objects.create(slug="hire", name="Hire")
    source = Source.objects.create(site=site, slug="article")
    digest = hashlib.sha256(text.encode()).hexdigest()
    state = {"state": "approved", "approver": "cleo", "decided_at": timezone.now()}
    revision = Revision.objects.create(source=source, number=1, title="T", text=text, digest=digest, **state)
    found = []
    for n, piece in enumerate(split(text, "T", lambda words: len(words.split()) * 256 // size)):
        words = text[piece.start : piece.end]
        row = {"heading": piece.heading, "text": words, "start": piece.start, "sentences": piece.sentences}
        key = Passage.objects.create(revision=revision, ordinal=n, digest=str(n), **row).pk
        place = ("article", "T", piece.heading, "", datetime(2026, 1, 1, tzinfo=UTC), "public", words, piece.start)
        vectors = np.zeros((len(piece.sentences), 3), np.float32)
        found.append(Hit(key, revision.pk, *place, piece.sentences, vectors, 1.0, 1.0, 1.0))
    return found


def draft(found: list[Hit], *words: str) -> compose.Draft:
    """What is quoted when the sentences with these words were chosen, the best first."""
    pages = [Page.of(hit) for hit in found]
    chosen = [
        next(
            compose.Sentence(page, n, 1.0, 1.0, 1.0)
            for page in pages
            for n, line in enumerate(page.lines)
            if some in line.text
        )
        for some in words
    ]
    return compose.Draft(compose.assembled(chosen), 1.0, True, "")


def answer(found: list[Hit], *words: str) -> tuple[Part, ...]:
    told = extent.told(draft(found, *words))
    return shown.parts(told.quotes, told.rest)


def test_steps_that_run_over_several_passages_are_one_list() -> None:
    found = hits(SHORT, 40)
    assert len(found) > 1
    (steps,) = answer(found, "Do part 2 of")
    assert [item.split()[2] for item in steps.items] == [str(n) for n in range(1, 13)]
    assert steps.lead == "To change the filter:"
    assert steps.more is None


def test_a_long_list_of_steps_is_shown_from_the_start_and_goes_on_behind_show_more() -> None:
    (steps,) = answer(hits(LONG), "part number 2 out")
    assert steps.more is not None
    assert steps.start == 1
    assert len(steps.text.split()) <= extent.SHOWN + len(steps.items[0].split())
    assert steps.more.kind == "steps"
    assert steps.more.start == len(steps.items) + 1
    assert len(steps.items) + len(steps.more.items) == 15


def test_who_asks_about_a_late_step_reads_from_that_step_on_with_its_number() -> None:
    (steps,) = answer(hits(LONG, 1_000), "part number 11 out")
    assert steps.start == 11
    assert steps.more is not None
    before = next(part for part in steps.more.parts if part.kind == "steps")
    assert (before.start, len(before.items)) == (1, 10)


def test_a_rule_and_its_limit_stand_before_show_more_and_the_rest_of_the_section_behind_it() -> None:
    (rule,) = answer(hits(TENTS), "£20")
    assert rule.text == "A tent costs £20 a night. However, at weekends it costs £25."
    assert rule.more is not None
    assert "We hire tents in summer." in rule.more.text
    assert [part.kind for part in rule.more.parts] == ["text", "text", "list"]
    assert "winter" not in rule.more.text


def test_rows_behind_show_more_stand_under_their_header_again() -> None:
    (table,) = answer(hits(PRICES), "number 2 with")
    assert table.rows[0] == ("Boat", "A day")
    assert ("Boat number 2 with two paddles and a spare seat", "£2") in table.rows
    assert table.more is not None
    assert table.more.rows[0] == ("Boat", "A day")
    assert not set(table.more.rows[1:]) & set(table.rows)


def test_citations_of_the_rest_follow_those_of_what_is_shown_and_each_is_the_stored_text() -> None:
    found = hits(LONG)
    told = extent.told(draft(found, "part number 2 out"))
    text = Revision.objects.get().text
    for quote in (*told.quotes, *told.rest):
        assert quote.text == text[quote.start : quote.end]
        assert Passage.objects.get(pk=quote.hit.passage_id).start <= quote.start
    assert not verify.check(compose.Draft((*told.quotes, *told.rest), 1.0, True, ""))
    (steps,) = shown.parts(told.quotes, told.rest)
    assert steps.more is not None
    assert max(steps.cites) < min(steps.more.cites)


def test_an_article_that_is_gone_is_told_as_it_was_found() -> None:
    found = hits(TENTS)
    here = draft(found, "£20")
    Passage.objects.all().delete()
    assert extent.told(here) == extent.Told(here.quotes)


def test_what_is_sent_has_more_as_a_part_of_its_own_kind() -> None:
    (steps,) = answer(hits(LONG), "part number 2 out")
    more = steps.as_json()["more"]
    assert more["kind"] == "steps"
    assert more["text"].startswith(f"{more['start']}. ")
    assert all(one < other for one, other in pairwise([*steps.cites, *more["cites"]]))
    (rule,) = [part.renumbered({1: 4, 2: 5, 3: 6}) for part in (Part("x", (1,), more=Part("y", (2, 3))),)]
    assert rule.more is not None
    assert (rule.cites, rule.more.cites) == ((4,), (5, 6))


STORES = "# Stores\n\n| Store | Sunday |\n|---|---|\n" + "".join(
    f"| {name} | {at} |\n" for name, at in (("Leeds", "11 to 5"), ("Bristol", "10 to 4"), ("Dublin", "noon to 6"))
)  # fmt: skip
STORES += "\nLeeds and Bristol open on Sundays. The café keeps other hours, which stand on its door.\n"


def test_a_table_that_a_text_is_read_on_into_is_whole_or_only_what_was_chosen() -> None:
    found = hits(STORES, 28)
    last = next(Page.of(hit) for hit in found if "Dublin" in hit.text)
    assert "Bristol" not in last.hit.text, "the table runs over two passages"
    row = compose.slices(last, sorted(compose.needed(last, {0})), frozenset())
    told = extent.told(compose.Draft((*draft(found, "open on Sundays").quotes, *row), 1.0, True, ""))
    (table,) = [part for part in shown.parts(told.quotes, told.rest) if part.rows]
    assert [row[0] for row in table.rows[1:]] == ["Leeds", "Bristol", "Dublin"]


def test_of_a_long_table_only_the_rows_that_were_chosen_stay() -> None:
    found = hits(PRICES, 300)
    told = draft(found, "Boat number 7 ")
    page = Page.of(told.quotes[0].hit)
    beside = next(n for n, line in enumerate(page.lines) if "Boat number 8 " in line.text)
    chosen = next(n for n, line in enumerate(page.lines) if "Boat number 7 " in line.text)
    quotes = tuple(compose.slices(page, sorted(compose.needed(page, {beside, chosen})), frozenset({chosen})))
    (table, *_) = shown.parts(extent.told(compose.Draft(quotes, 1.0, True, "")).quotes, ())
    assert [row[0][:13].strip() for row in table.rows[1:]] == ["Boat number 7"]


def test_what_is_read_on_never_ends_in_a_colon() -> None:
    text = (
        "# Refunds\n\nA refund takes a week.\n\nFor all of the other cases see:\n\n" + "- One more case of many.\n" * 30
    )
    (hit,) = hits(text, 400)
    page = Page.of(hit)
    place = next(n for n, line in enumerate(page.lines) if "takes a week" in line.text)
    (quote,) = compose.assembled([compose.Sentence(page, place, 1.0, 1.0, 1.0)], room=12)
    assert quote.text.strip() == "A refund takes a week."
