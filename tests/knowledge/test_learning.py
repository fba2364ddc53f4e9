"""What is learnt about questions: from help centres as text files to numbers that are shipped with the model."""

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from knowledge.embedding.embedders import load
from knowledge.embedding.last_layers import NAMES, LastLayers, pack, unpack
from knowledge.embedding.minilm import COMMON_WORDS, DEEP
from knowledge.embedding.questions import learnt
from knowledge.learning import help_centres, ranker
from knowledge.learning.published import published
from knowledge.management.commands.fit_questions import LEFT_OUT
from knowledge.retrieval import search
from knowledge.retrieval.ranking import rivals
from tests.server import BASE

TEXT = """# Parcels
## Where a parcel is left
A driver leaves it with a neighbour. Say where under “My parcels”.
> whos got it
> did someone next door take my box
> The chap said he'd leave it, but where?
> I was in the bath and heard a van. Is it at number nine?
> Where is my parcel left when I am out?
## What cannot be sent
No ropes and no gas.
> can i post a rope
# NOT ANSWERED
> do you hire people
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "parcels.txt"
    file.write_text(TEXT, "utf-8")
    return file


def test_a_help_centre_is_read_with_its_sections_and_what_none_of_them_answers(path):
    sections, unanswered = help_centres.read(path)
    assert [(each.article, each.heading, len(each.messages)) for each in sections] == [
        ("Parcels", "Where a parcel is left", 5),
        ("Parcels", "What cannot be sent", 1),
    ]
    assert sections[1].text == "No ropes and no gas."
    assert unanswered == ["do you hire people"]


def test_common_words_are_those_that_several_houses_write_and_never_a_customers_slip(path, tmp_path):
    other = tmp_path / "boats.txt"
    other.write_text(TEXT.replace("neighbour", "mate").replace("ropes", "oars"), "utf-8")
    common = help_centres.words([path, other])
    assert {"driver", "leaves", "under"} < set(common)
    assert not {"neighbour", "mate", "whos", "chap"} & set(common)


def test_the_common_words_that_are_shipped_are_those_of_the_help_centres():
    paths = sorted((BASE / "tests" / "help_centres").glob("*.txt"))
    assert COMMON_WORDS.read_text("utf-8").split() == help_centres.words(paths)


def test_the_plain_question_is_the_owners_and_is_not_learnt_from(path):
    held = help_centres.centre(path, load("minilm"))
    assert "Where is my parcel left when I am out?" not in held.messages
    assert held.answered.tolist() == [0, 0, 0, 0, 1, -1]
    assert held.dense.shape == (2, 384)
    assert held.owner.tolist() == [0, 0, 1]


def test_the_signs_of_a_section_are_those_that_a_search_weighs(path):
    model = load("minilm")
    held = help_centres.centre(path, model)
    rows = np.array([model.encode_question(text) for text in held.messages])
    signs = held.signs(rows)
    assert signs.shape == (6, 2, 3)
    np.testing.assert_allclose(signs[4, 1, 0], held.dense[1] @ rows[4], atol=1e-5)
    assert signs[4, 1, 2] > signs[4, 0, 2] == 0  # only one says “rope”


def test_weights_by_which_sections_were_drawn_are_found_again():
    dice, meant = np.random.default_rng(0), np.array([3.0, 1.0, 0.0])
    signs = dice.normal(size=(4000, 5, 3))
    drawn = (signs @ meant + dice.gumbel(size=(4000, 5))).argmax(1)
    made = help_centres.Centre("", [], [], drawn, *[np.zeros(0)] * 4, None)
    np.testing.assert_allclose(ranker.weights([made], [signs]), meant, atol=0.2)


def test_a_section_without_a_rival_answers_more_surely():
    strengths = np.array([[9.0, 1, 1, 1, 1], [9.0, 9, 1, 1, 1], [2.0, 1, 1, 1, 1]])
    answered = np.array([0, -1, 0])
    made = help_centres.Centre("", [], [], np.tile(answered, 40), *[np.zeros(0)] * 4, None)
    curve = ranker.curve([made], [np.tile(strengths, (40, 1))[:, :, None]], np.ones(1))
    alone, halved, _ = 1 / (1 + np.exp(-(ranker.design(strengths) @ curve)))
    assert alone > 0.9 > 0.3 > halved


def test_a_hundred_near_copies_are_no_more_doubt_than_five():
    few, many = np.array([5.0, 4, 4, 4, 4]), np.array([5.0, *[4.0] * 100])
    assert rivals(few)[0] == pytest.approx(rivals(many)[0])


def test_a_question_is_read_by_its_own_layers_and_a_text_as_ever():
    model = load("minilm")
    text = "who has got my parcel"
    row = model.encode_question(text)
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5)
    assert 0.5 < float(row @ model.encode_one(text)) < 0.999
    np.testing.assert_allclose(model.encode_one(text), model.encode([text])[0], atol=1e-5)


def test_the_chance_to_answer_grows_with_strength_and_share():
    rise, odds, _ = learnt().curve
    assert rise > 0
    assert odds > 0
    assert search.chance(15, 0.9) > search.chance(15, 0.4) > search.chance(8, 0.4)


def test_a_layer_is_kept_as_bytes_within_a_hundredth_of_each_row():
    kept = pack(published(), 0) | pack(published(2), 2)
    for follow in (0, 2):
        weights, again = published(follow), unpack(kept, follow)
        for name in NAMES:
            most = np.abs(weights[name]).max(axis=-1, keepdims=True)
            assert (np.abs(again[name] - weights[name]) <= most / 100).all(), name


def test_the_last_layers_as_published_end_where_the_whole_model_ends():
    text, kept = "who has got my parcel", {}
    for follow in range(DEEP):
        kept |= pack(published(follow), follow)
    encoder = load("minilm").encoder
    mean = LastLayers(kept, DEEP).run(encoder.encode_parts(text, ()).early).mean(axis=0)
    assert mean / np.linalg.norm(mean) @ encoder.encode([text])[0] > 0.999


def test_too_few_help_centres_or_no_torch_is_said_before_anything_is_read(tmp_path, monkeypatch):
    with pytest.raises(CommandError, match=r"holds 0 help centres"):
        call_command("fit_questions", str(tmp_path))
    for n in range(LEFT_OUT):
        (tmp_path / f"{n}.txt").write_text(TEXT, "utf-8")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CommandError, match=r"needs torch"):
        call_command("fit_questions", str(tmp_path))
