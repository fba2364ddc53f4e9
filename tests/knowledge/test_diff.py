"""What changed between two texts."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.diff import folded, words

TEXTS = st.text(alphabet="ab 30.\n", max_size=60)


def test_only_the_words_that_differ_are_marked():
    changes = [(c.kind, c.text) for c in words("Within 30 days.\nOutlet: no.\n", "Within 45 days.\nOutlet: no.\n")]
    assert changes == [("same", "Within "), ("removed", "30"), ("added", "45"), ("same", " days.\nOutlet: no.\n")]


@given(before=TEXTS, after=TEXTS)
def test_both_texts_can_be_read_back_from_the_changes(before, after):
    changes = words(before, after)
    assert "".join(c.text for c in changes if c.kind != "added") == before
    assert "".join(c.text for c in changes if c.kind != "removed") == after


def test_long_unchanged_stretches_are_folded_around_the_change():
    same = "A sentence that stays. " * 100
    shown = folded(words(same + "30 days.\n" + same, same + "45 days.\n" + same))
    assert [c.kind for c in shown] == ["skipped", "same", "removed", "added", "same", "skipped"]
    assert sum(len(c.text) for c in shown) < 700
    assert folded(words("a", "b")) == words("a", "b")
