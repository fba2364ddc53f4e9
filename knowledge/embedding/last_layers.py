"""Last layers of the embedder's own, trained further for one purpose: token states in, token states out.

Law of the room: everything below them is the published model, untouched, so each layer that is trained costs a sixth of
a pass and no text is embedded twice. Weights are numbers in a file; how they came about stands where they are trained.
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
"""A layer's arrays by the names they have in the model, without the layer's own prefix."""


def prefix(follow: int) -> str:
    """What the published model calls the layer that so many others follow."""
    return f"encoder.layer.{LAYERS - 1 - follow}."


class LastLayers:
    """The last `count` layers, ready to run. Safe to call from several threads at once."""

    def __init__(self, arrays: Arrays, count: int = 1) -> None:
        """`arrays`: as `pack` makes them, among others."""
        order = range(count - 1, -1, -1)
        graph = Graph({prefix(n) + name: array for n in order for name, array in unpack(arrays, n).items()})
        x, nothing = "inner", graph.constant("nothing", np.array(0, np.float32))
        for follow in order:
            x = graph.layer(x, nothing, LAYERS - 1 - follow)
        graph.nodes.append(helper.make_node("Identity", [x], ["read"]))
        shape: list[str | int | None] = [1, "length", DIMS]
        made = helper.make_graph(
            graph.nodes,
            "last layers",
            [helper.make_tensor_value_info("inner", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("read", TensorProto.FLOAT, shape)],
            list(graph.constants.values()),
        )
        model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
        self.session, self.held = session(model, graph.arrays)

    def run(self, inner: Floats) -> Floats:
        """(tokens, dims): a text's tokens after the layers, from `inner` (tokens, dims), their states before them."""
        read: Floats = self.session.run(["read"], {"inner": inner[None, :]})[0][0]
        return read


def pack(weights: Mapping[str, Floats], follow: int = 0) -> dict[str, NDArray[np.generic]]:
    """A layer for keeping: matrices as bytes with a scale for each row, the rest as it is.

    `weights` by NAMES, each (out, in) or (out,); `follow`: how many layers come after it.
    """
    kept: dict[str, NDArray[np.generic]] = {}
    layer = _kept(follow)
    for name in NAMES:
        array = weights[name]
        if array.ndim == 1:
            kept[f"{layer}:{name}"] = array.astype(np.float32)
        else:
            scale = np.abs(array).max(axis=1, keepdims=True) / 127
            kept[f"{layer}:{name}"] = np.round(array / scale).astype(np.int8)
            kept[f"{layer}:{name}:scale"] = scale.astype(np.float32)
    return kept


def unpack(arrays: Arrays, follow: int = 0) -> dict[str, Floats]:
    """A layer's float32 arrays as they are used, by NAMES, in the shapes that `pack` was given."""
    made, layer = {}, _kept(follow)
    for name in NAMES:
        array = np.asarray(arrays[f"{layer}:{name}"], np.float32)
        scale = arrays.get(f"{layer}:{name}:scale")
        made[name] = array if scale is None else array * np.asarray(scale, np.float32)
    return made


def _kept(follow: int) -> str:
    """What a layer is called in a file: the last one plainly, those before it by how many follow."""
    return f"layer{follow or ''}"
