"""Training the layers that read questions: a question is drawn to its section, away from all others of its help centre.

A softmax over the sections of one help centre (InfoNCE, van den Oord and others 2018, with every other section as a
negative), each scored by half its nearest passage and half its nearest sentence; their vectors stay as published. AdamW
(Loshchilov and Hutter 2019) with a warm-up and a linear decay. Two passes: five learn the help centres by heart, and so
does a map for the sections' side.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from knowledge.embedding.last_layers import pack
from knowledge.embedding.minilm import DEEP
from knowledge.learning.help_centres import Centre
from knowledge.learning.published import Floats, layer, padded

EPOCHS, BATCH, RATE, DROPOUT, WARM = 2, 32, 2e-4, 0.1, 0.1
TEMPERATURE = 0.05


def train(centres: Sequence[Centre], note: Callable[[str], object] = print) -> Any:
    """The trained torch module; `rows` reads with it and `packed` keeps it."""
    import torch

    torch.manual_seed(0)
    rng, net = np.random.default_rng(0), _net(torch)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE)
    steps = EPOCHS * sum(int((centre.answered >= 0).sum()) // BATCH + 1 for centre in centres)
    ramp = lambda at: min(1.0, (at + 1) / (WARM * steps)) * max(0.0, (steps - at) / steps)  # noqa: E731
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, ramp)
    for epoch in range(EPOCHS):
        net.train()
        todo, lost = _batches(centres, rng), 0.0
        for centre, asked in todo:
            loss = _loss(torch, net, centre, asked)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            lost += float(loss.detach())
        note(f"  questions, pass {epoch + 1} of {EPOCHS}: {lost / len(todo):.3f}")
    return net


def rows(net: Any, early: Sequence[Floats]) -> Floats:
    """(m, dims): the unit row of each question, from its tokens' states before the last DEEP layers."""
    import torch

    net.eval()
    with torch.no_grad():
        some = [_read(torch, net, early[at : at + 64]).numpy() for at in range(0, len(early), 64)]
    return np.asarray(np.concatenate(some), np.float32)


def packed(net: Any) -> dict[str, Any]:
    """The arrays of the trained layers for keeping."""
    kept: dict[str, Any] = {}
    for at, each in enumerate(net.layers):
        kept |= pack(each.kept(), DEEP - 1 - at)
    return kept


def _net(torch: Any) -> Any:
    """The last DEEP layers, one after the other, as a torch module."""

    class Net(torch.nn.Module):  # type: ignore[misc]  # torch is not there when types are checked
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleList([layer(torch, DROPOUT, DEEP - 1 - at) for at in range(DEEP)])

        def forward(self, x: Any, mask: Any) -> Any:
            for each in self.layers:
                x = each(x, mask)
            return x

    return Net()


def _batches(centres: Sequence[Centre], rng: np.random.Generator) -> list[tuple[Centre, Any]]:
    """Some answered messages of one help centre at a time, all in another order each time."""
    found: list[tuple[Centre, Any]] = []
    for centre in centres:
        order = rng.permutation(np.flatnonzero(centre.answered >= 0))
        found += [(centre, order[at : at + BATCH]) for at in range(0, len(order), BATCH)]
    return [found[at] for at in rng.permutation(len(found))]


def _read(torch: Any, net: Any, early: Sequence[Floats]) -> Any:
    x, mask = padded(torch, early)
    return torch.nn.functional.normalize((net(x, mask) * mask[..., None]).sum(1), dim=-1)


def _loss(torch: Any, net: Any, centre: Centre, asked: Any) -> Any:
    """How far the questions are from their sections: the mean of minus the log share of the right one."""
    rows = _read(torch, net, [centre.early[at] for at in asked])
    near = rows @ torch.tensor(centre.dense).T
    owner, section = torch.tensor(centre.owner), torch.tensor(centre.section)
    best = torch.full(near.shape, -1.0).scatter_reduce(
        1, owner.expand(len(asked), -1), rows @ torch.tensor(centre.sentences).T, "amax"
    )
    scores = torch.full((len(asked), int(centre.section.max()) + 1), -1.0)
    scores = scores.scatter_reduce(1, section.expand(len(asked), -1), (near + best) / 2, "amax")
    return torch.nn.functional.cross_entropy(scores / TEMPERATURE, torch.tensor(centre.answered[asked]))
