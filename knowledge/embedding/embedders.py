"""Texts to vectors. Only this room knows which embedding model runs; every vector names it by `model_id`."""

import hashlib
import threading
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Protocol, runtime_checkable

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from knowledge.embedding.minilm import DIMS, MAX_TOKENS, WEIGHTS_SHA256, Encoded, Encoder, ModelUnavailable
from knowledge.embedding.questions import learnt

__all__ = ["Embedder", "Encoded", "Hosted", "MiniLM", "ModelUnavailable", "embedder"]

Matrix = NDArray[np.float32]
REMEMBERED = 4096  # single texts kept by hash: about 6 MB at 384 dimensions
REMEMBERED_WHOLE = 256  # texts kept with the state of each token: about 8 MB
_LOADING = threading.Lock()


@runtime_checkable
class Embedder(Protocol):
    """What the rest of the product knows about an embedding model.

    `model_id` changes whenever vectors would, so an index of another id is refused. `dims` is the row length.
    """

    model_id: str
    dims: int

    def encode(self, texts: Sequence[str]) -> Matrix:
        """(n, dims) float32 unit rows, in the order of the texts."""

    def encode_one(self, text: str) -> Matrix:
        """(dims,) float32 unit row, remembered for the next time. Do not write into it."""

    def encode_question(self, text: str) -> Matrix:
        """(dims,) float32 unit row of a question, to be compared with rows of articles. Do not write into it."""

    def count_tokens(self, text: str) -> int:
        """Length of a text as the model counts, to keep a passage inside what the model sees."""


class Remembered:
    """A bounded memory of single texts, least recently used first out. Safe between threads."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self.size = size
        self.rows: OrderedDict[bytes, Matrix] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, text: str) -> Matrix | None:
        """The remembered (dims,) row of a text; None when it is not, or no longer, remembered."""
        key = digest(text)
        with self.lock:
            row = self.rows.get(key)
            if row is not None:
                self.rows.move_to_end(key)
            return row

    def put(self, text: str, row: Matrix) -> Matrix:
        """Remember the (dims,) row of a text and give it back, closed for writing."""
        row.setflags(write=False)
        with self.lock:
            self.rows[digest(text)] = row
            while len(self.rows) > self.size:
                self.rows.popitem(last=False)
        return row


def digest(text: str) -> bytes:
    """What a text is remembered by, so that what customers wrote is not kept in memory for longer than its turn."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class LangChainFace(Embeddings):
    """The LangChain interface over `encode`, for anything that expects it."""

    def __init__(self) -> None:
        self.memory = Remembered()

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> Matrix:
        """(n, dims) float32 unit rows of n texts, in their order."""

    def encode_one(self, text: str) -> Matrix:
        """(dims,) float32 unit row, remembered for the next time. Do not write into it."""
        row = self.memory.get(text)
        return self.memory.put(text, self.encode([text])[0]) if row is None else row

    def encode_question(self, text: str) -> Matrix:
        """`encode_one`: questions are read as any text is."""
        return self.encode_one(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """`encode` as LangChain has it: n lists of dims numbers."""
        rows: list[list[float]] = self.encode(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """`encode_one` as LangChain has it: a list of dims numbers."""
        row: list[float] = self.encode_one(text).tolist()
        return row


class MiniLM(LangChainFace):
    """all-MiniLM-L6-v2 on this machine: no network, no key, no torch. `threads`: cores a call may use."""

    dims = DIMS
    model_id = f"all-MiniLM-L6-v2:{WEIGHTS_SHA256[:12]}:onnxruntime-fp32:{MAX_TOKENS}"

    def __init__(self, threads: int = 1) -> None:
        super().__init__()
        self.encoder = Encoder(threads)
        self.parts: OrderedDict[bytes, tuple[Sequence[tuple[int, int]], Encoded]] = OrderedDict()
        self.questions = Remembered()

    def encode(self, texts: Sequence[str]) -> Matrix:
        """(n, 384) float32 unit rows of n texts, in their order; beyond MAX_TOKENS a text is cut."""
        return self.encoder.encode(texts)

    def encode_parts(self, text: str, spans: Sequence[tuple[int, int]]) -> Encoded:
        """`encode_one` of a text and each span of its characters in context, in one pass; the last few are remembered.

        Do not write into it.
        """
        key = digest(text)
        seen, known = self.parts.get(key, (None, None))
        if known is None or seen != spans:
            known = self.encoder.encode_parts(text, spans)
            self.memory.put(text, known.rows[0])
            self.parts[key] = spans, known
            while len(self.parts) > REMEMBERED_WHOLE:
                with suppress(KeyError):  # another thread was first
                    self.parts.popitem(last=False)
        return known

    def encode_question(self, text: str) -> Matrix:
        """(384,) float32 unit row of a question, by the last layers as they were trained for questions."""
        row = self.questions.get(text)
        return self.questions.put(text, learnt().row(self._states(text))) if row is None else row

    def _states(self, text: str) -> Matrix:
        """(tokens, 384) what the last layers start from; the pass that read the message for its needs has it."""
        _, known = self.parts.get(digest(text), (None, None))
        return (known or self.encode_parts(text, ())).early

    def count_tokens(self, text: str) -> int:
        """Length of a text in the model's own tokens, uncut."""
        return self.encoder.count_tokens(text)


class Hosted(LangChainFace):
    """Any model LangChain can name, as `provider:model`. Vectors are brought to length one.

    Raises ModelUnavailable when the name is unknown or its integration package is not installed.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        from langchain.embeddings import init_embeddings  # 0.7 s and more: only where it is asked for

        try:
            model = init_embeddings(name)
        except (ImportError, ValueError) as error:
            raise ModelUnavailable(
                f"HANDRAIL_EMBEDDINGS={name!r} cannot be used: {error}. Use `minilm`, or `provider:model` "
                "with that provider's LangChain package installed."
            ) from error
        if not isinstance(model, Embeddings):
            raise ModelUnavailable(f"HANDRAIL_EMBEDDINGS={name!r} does not name an embedding model")
        self.model = model
        self.dims = len(model.embed_query("length"))
        self.model_id = f"{name}:{self.dims}"

    def encode(self, texts: Sequence[str]) -> Matrix:
        """(n, dims) float32 unit rows of n texts, in their order. Raises what the provider raises when it is away."""
        if not texts:
            return np.empty((0, self.dims), np.float32)
        rows = np.array(self.model.embed_documents(list(texts)), np.float32)
        unit: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return unit

    def count_tokens(self, text: str) -> int:
        """An estimate: the model's own tokenizer is not known."""
        # The model's own count is not known: four characters, or three quarters of a word, make a token.
        return max(len(text) // 4, len(text.split()) * 4 // 3) + 2


@cache
def _loaded(name: str) -> Embedder:
    return MiniLM() if name == "minilm" else Hosted(name)


def load(name: str) -> Embedder:
    """The embedder of a name, loaded once a process. Raises ModelUnavailable with cause and mend."""
    with _LOADING:  # two first turns at once must not load the weights twice
        return _loaded(name)


def embedder() -> Embedder:
    """The embedder this process runs with (settings.HANDRAIL_EMBEDDINGS); the first call loads it."""
    from django.conf import settings  # read late: this module is used without Django too

    return load(getattr(settings, "HANDRAIL_EMBEDDINGS", "") or "minilm")
