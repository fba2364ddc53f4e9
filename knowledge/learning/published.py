"""The embedder's published last layers as something that can be trained further. It needs torch, handed in."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from knowledge.embedding.last_layers import NAMES, prefix
from knowledge.embedding.minilm import HEADS, WEIGHTS_SHA256, checked, model_folder

Floats = NDArray[np.float32]


def published(follow: int = 0) -> Mapping[str, Floats]:
    """The arrays of the layer that so many follow, by NAMES. Raises ModelUnavailable."""
    file = checked(model_folder() / "model.safetensors", WEIGHTS_SHA256)
    named = load_file(file).items()
    return {name.removeprefix(prefix(follow)): array for name, array in named if name.startswith(prefix(follow))}


def layer(torch: Any, dropout: float = 0.0, follow: int = 0) -> Any:
    """A layer as a torch module: x (n, length, dims), mask (n, length) → (n, length, dims); `arrays` by NAMES with _
    for a dot."""
    nn, functional = torch.nn, torch.nn.functional

    class Layer(nn.Module):  # type: ignore[misc, name-defined]  # torch is not there when types are checked
        def __init__(self) -> None:
            super().__init__()
            start = published(follow)
            first = {name.replace(".", "_"): nn.Parameter(torch.tensor(start[name])) for name in NAMES}
            self.arrays, self.drop = nn.ParameterDict(first), nn.Dropout(dropout)

        def linear(self, x: Any, name: str) -> Any:
            return functional.linear(x, self.arrays[f"{name}_weight"], self.arrays[f"{name}_bias"])

        def norm(self, x: Any, name: str) -> Any:
            weight, bias = self.arrays[f"{name}_weight"], self.arrays[f"{name}_bias"]
            return functional.layer_norm(x, x.shape[-1:], weight, bias, 1e-12)

        def forward(self, x: Any, mask: Any) -> Any:
            n, length, dims = x.shape
            split = (n, length, HEADS, dims // HEADS)
            q, k, v = (
                self.linear(x, f"attention_self_{a}").view(split).transpose(1, 2) for a in ("query", "key", "value")
            )
            bias = ((1 - mask)[:, None, None, :] * -1e9).expand(n, HEADS, length, length)
            lost = self.drop.p if self.training else 0.0
            mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=lost)
            mixed = mixed.transpose(1, 2).reshape(x.shape)
            mixed = self.drop(self.linear(mixed, "attention_output_dense"))
            x = self.norm(x + mixed, "attention_output_LayerNorm")
            inner = functional.gelu(self.linear(x, "intermediate_dense"))
            return self.norm(x + self.drop(self.linear(inner, "output_dense")), "output_LayerNorm")

        def kept(self) -> dict[str, Floats]:
            """Its arrays by NAMES."""
            return {name: self.arrays[name.replace(".", "_")].detach().numpy() for name in NAMES}

    return Layer()


def padded(torch: Any, texts: Sequence[Floats]) -> tuple[Any, Any]:
    """Texts (tokens, dims) each as one block: x (n, length, dims) and its mask (n, length)."""
    x = torch.zeros(len(texts), max(len(text) for text in texts), texts[0].shape[1])
    mask = torch.zeros(x.shape[:2])
    for row, text in enumerate(texts):
        x[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = 1
    return x, mask
