"""Training the reader's own last layer, from the embedder's published one. A tool of development: it needs torch.

All heads at once, by the binary cross-entropy of each (the one for "any need" counts threefold), with AdamW (Loshchilov
and Hutter 2019), a warm-up and a linear decay, everything seeded. What it says of an author it has not seen comes from
trainings on the others, a third of the authors left out at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.needs.layer import Layer, pack
from knowledge.face.graph import DIMS
from knowledge.face.learning import layer, padded

Floats = NDArray[np.float32]
Arrays = dict[str, NDArray[np.generic]]

EPOCHS, BATCH, RATE, HEAD_RATE, DECAY, DROPOUT, WARM = 4, 32, 3e-4, 3e-3, 0.05, 0.1, 0.1
ANY_COUNTS = 3.0  # weight in the loss of whether a person is needed at all, beside 1 for each other head
FOLDS = 3  # of the authors: each is left out once, and read by a layer trained on the others


def train(inner: Sequence[Floats], targets: Floats, note: Callable[[str], object] = print) -> Arrays:
    """The packed layer after training on messages: `inner[i]` (tokens, dims), `targets` (n, heads) of ±1."""
    import torch

    torch.manual_seed(0)
    net = _net(torch, targets.shape[1])
    truths = torch.tensor(targets > 0, dtype=torch.float32)
    groups = [
        {"params": [p for name, p in net.named_parameters() if not name.startswith("out")], "lr": RATE},
        {"params": net.out.parameters(), "lr": HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=DECAY)
    steps = EPOCHS * (len(inner) // BATCH + 1)
    ramp = lambda at: min(1.0, at / (WARM * steps)) * max(0.0, (steps - at) / steps)  # noqa: E731
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, ramp)
    rng = np.random.default_rng(0)
    for epoch in range(EPOCHS):
        net.train()
        total = 0.0
        for picked, x, mask in _batches(torch, inner, rng):
            lost = torch.nn.functional.binary_cross_entropy_with_logits(net(x, mask), truths[picked], reduction="none")
            loss = (ANY_COUNTS * lost[:, 0] + lost[:, 1:].sum(1)).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call,unused-ignore]  # torch is not there in CI
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        note(f"  layer, epoch {epoch + 1} of {EPOCHS}: {total * BATCH / len(inner):.3f}")
    return pack(net.layer.kept(), net.out.weight.detach().numpy(), net.out.bias.detach().numpy())


def unseen(
    inner: Sequence[Floats], targets: Floats, authors: NDArray[np.str_], note: Callable[[str], object]
) -> Floats:
    """(n, heads): what layers trained without a message's author say of it."""
    made = np.empty(targets.shape, np.float32)
    names = sorted(set(authors))
    for fold in range(min(FOLDS, len(names))):
        out = np.isin(authors, names[fold::FOLDS])
        note(f"  without {', '.join(names[fold::FOLDS])}")
        trained = Layer(train([inner[i] for i in np.flatnonzero(~out).tolist()], targets[~out], note))
        for i in np.flatnonzero(out).tolist():
            made[i] = trained.heads(inner[i])
    return made


def _batches(torch: Any, inner: Sequence[Floats], rng: np.random.Generator) -> Iterator[tuple[Any, Any, Any]]:
    """Messages of like length together, in another order each time."""
    order = rng.permutation(len(inner)).tolist()
    heaps = [
        sorted(order[at : at + BATCH * 16], key=lambda i: len(inner[i])) for at in range(0, len(order), BATCH * 16)
    ]
    mixed = [i for heap in heaps for i in heap]
    for at in range(0, len(mixed), BATCH):
        picked = mixed[at : at + BATCH]
        yield torch.tensor(picked), *padded(torch, [inner[i] for i in picked])


def _net(torch: Any, heads: int) -> Any:
    """The layer with its heads as a torch module: `layer`, and `out`, the heads over its mean and its highest."""
    nn = torch.nn

    class Net(nn.Module):  # type: ignore[misc, name-defined]  # torch is not there when types are checked
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.out, self.drop = layer(torch), nn.Linear(2 * DIMS, heads), nn.Dropout(DROPOUT)

        def forward(self, x: Any, mask: Any) -> Any:
            x = self.layer(x, mask)
            mean = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            highest = (x - (1 - mask)[..., None] * 1e4).amax(1)
            return self.out(self.drop(torch.cat([mean, highest], 1)))

    return Net()
