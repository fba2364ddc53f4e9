"""A last layer of the embedder's own, trained further for one purpose: token states in, token states out.

Law of the room: everything below it is the published model, untouched, so what is trained costs a sixth of a pass and
no text is embedded twice. Weights are numbers in a file; how they came about stands where they are trained.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from knowledge.embedding.minilm import DIMS, LAYERS, Graph, session

Floats = NDArray[np.float32]
Arrays = Mapping[str, NDArray[np.generic]]

NAMES = tuple(
    f"{part}.{kind}"
    for part in (
        *(f"attention.self.{name}" for name in ("query", "key", "value")),
        *(
            "attention.output.dense",
            "attention.output.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm",
        ),
    )
    for kind in ("weight", "bias")
)
"""The layer's arrays by the names they have in the model, without the layer's own prefix."""
PREFIX = f"encoder.layer.{LAYERS - 1}."


class LastLayer:
    """The layer, ready to run. Safe to call from several threads at once."""

    def __init__(self, arrays: Arrays) -> None:
        """`arrays`: as `pack` makes them, among others."""
        graph = Graph({PREFIX + name: array for name, array in unpack(arrays).items()})
        x = graph.layer("inner", graph.constant("nothing", np.array(0, np.float32)), LAYERS - 1)
        graph.nodes.append(helper.make_node("Identity", [x], ["read"]))
        shape: list[str | int | None] = [1, "length", DIMS]
        made = helper.make_graph(
            graph.nodes,
            "last layer",
            [helper.make_tensor_value_info("inner", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("read", TensorProto.FLOAT, shape)],
            list(graph.constants.values()),
        )
        model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
        self.session, self.held = session(model, graph.arrays)

    def run(self, inner: Floats) -> Floats:
        """(tokens, dims): the tokens of a text after the layer, from `inner` (tokens, dims), their states before it."""
        read: Floats = self.session.run(["read"], {"inner": inner[None, :]})[0][0]
        return read


def pack(weights: Mapping[str, Floats]) -> dict[str, NDArray[np.generic]]:
    """The layer for keeping: matrices as bytes with a scale for each row, the rest as it is.

    `weights` by NAMES, each (out, in) or (out,).
    """
    kept: dict[str, NDArray[np.generic]] = {}
    for name in NAMES:
        array = weights[name]
        if array.ndim == 1:
            kept[f"layer:{name}"] = array.astype(np.float32)
        else:
            scale = np.abs(array).max(axis=1, keepdims=True) / 127
            kept[f"layer:{name}"] = np.round(array / scale).astype(np.int8)
            kept[f"layer:{name}:scale"] = scale.astype(np.float32)
    return kept


def unpack(arrays: Arrays) -> dict[str, Floats]:
    """The layer's float32 arrays as they are used, by NAMES, in the shapes that `pack` was given."""
    made = {}
    for name in NAMES:
        array = np.asarray(arrays[f"layer:{name}"], np.float32)
        scale = arrays.get(f"layer:{name}:scale")
        made[name] = array if scale is None else array * np.asarray(scale, np.float32)
    return made
