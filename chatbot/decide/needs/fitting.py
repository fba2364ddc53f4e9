"""Fitting the reader of needs on the messages in `voices/`; `manage.py fit_needs` writes the weights.

One kernel ridge regression (Rasmussen and Williams 2006, 2.2) to ±1 targets over meaning and wording together. What it
says of an author's messages without having seen any of them follows from the same inverse (5.4.2, by the Schur
complement for a group), and the last curves are fitted on that. The kernel of meaning is quadratic in the cosine, so
what was fitted is a quadratic form of the vector, kept by its strongest axes. The layer is that of `training.py`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.needs import reader as reading
from chatbot.decide.needs import training, words
from chatbot.decide.needs.clauses import clauses
from chatbot.decide.needs.reader import COURTESIES, FILES, HEADS, NEEDS, found, lifted, signs
from chatbot.decide.needs.voices import Line
from chatbot.decide.phrases.cues import Said
from chatbot.decide.phrases.normalise import fold
from chatbot.decide.phrases.spelling import mend

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

WORDING = 0.5
"""Weight of the wording's kernel (a cosine of weighted features) beside that of meaning."""
LINEAR, QUADRATIC = 0.2, 0.5
"""Of the kernel of meaning: LINEAR · cosine + QUADRATIC · cosine². An exponential one gains a point, but is no form."""
PENALTY = 0.1  # of the kernel ridge regression, on the diagonal of the kernel
AXES = 64  # of each head's quadratic form
SEEN = 2  # messages a feature must stand in to count
SMOOTH = 1.0  # penalty of the last curves
SLICE = 4096  # rows multiplied at a time: a whole product with itself of 29,000 rows ends OpenBLAS by a fault
BANDS = (6, 13, 26)  # words: where short, middling and long messages part


@dataclass(frozen=True, slots=True)
class Corpus:
    """Messages with all that is read of them.

    `rows[i]`: (1 + clauses, dims); `inner[i]`: (tokens, dims); `wording`: sparse (n, BUCKETS) of weighted unit
    features; `hits`: (n, files).
    """

    lines: Sequence[Line]
    authors: NDArray[np.str_]
    rows: Sequence[Floats]
    inner: Sequence[Floats]
    wording: Any
    rarity: Floats
    hits: NDArray[np.bool_]

    @property
    def whole(self) -> Floats:
        """(n, dims): the vector of each message."""
        return np.stack([rows[0] for rows in self.rows])


@dataclass(frozen=True, slots=True)
class Fit:
    """The arrays that are shipped, and what a fit without its author says of each message: (n, heads) each."""

    arrays: dict[str, NDArray[np.generic]]
    regressed: Floats
    context: Floats


def corpus(lines: Sequence[Line]) -> Corpus:
    """Read every message: vectors by the built-in model, features, phrases. Minutes for tens of thousands."""
    from scipy import sparse  # a tool of development: nothing that serves needs it

    model = reading.model()
    read = [model.encoder.encode_parts(line.text, clauses(line.text)) for line in lines]
    places = [words.read(line.text).all() for line in lines]
    starts = np.cumsum([0, *map(len, places)])
    ones = np.ones(starts[-1], np.float32)
    counts = sparse.csr_matrix((ones, np.concatenate(places), starts), shape=(len(lines), words.BUCKETS))
    counts.sum_duplicates()
    met = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = np.where(met >= SEEN, np.log((1 + len(lines)) / (1 + met)) + 1, 0).astype(np.float32)
    return Corpus(
        lines=lines,
        authors=np.array([line.author for line in lines]),
        rows=[each.rows for each in read],
        inner=[each.inner for each in read],
        wording=_unit(counts, rarity),
        rarity=rarity,
        hits=np.array([_hits(line.text) for line in lines]),
    )


def fit(seen: Corpus, note: Callable[[str], object] = print) -> Fit:
    """Fit everything on a corpus of at least two authors; `note` hears how far it is."""
    whole, targets = seen.whole, _targets(seen.lines)
    near = _nearness(whole, whole)
    likeness = WORDING * (seen.wording @ seen.wording.T).toarray()
    kernel = (near + likeness).astype(np.float32)
    kernel[np.diag_indices_from(kernel)] += PENALTY
    inverse = _inverse(kernel)
    del kernel
    alpha = inverse @ targets
    regressed = _unseen(seen, likeness, inverse, alpha)
    note("  regression fitted")
    context = training.unseen(seen.inner, targets, seen.authors, note)
    arrays: dict[str, NDArray[np.generic]] = {
        "table": (WORDING * (seen.wording.T @ alpha)).astype(np.float16),
        "rarity": seen.rarity.astype(np.float16),
        **_form(whole, alpha),
        **training.train(seen.inner, targets, note),
        **curves(seen, regressed, context),
    }
    return Fit(arrays, regressed, context)


def curves(seen: Corpus, regressed: Floats, context: Floats) -> dict[str, NDArray[np.generic]]:
    """The last curves over what fits said of authors they had not seen; both (n, heads)."""
    needed = np.array([line.need is not None for line in seen.lines])
    first, second = regressed.astype(np.float64), context.astype(np.float64)
    ones = np.ones(len(needed))
    kinds = [[line.need is need for line in seen.lines] for need in NEEDS]
    polite = [[line.courtesy is kind for line in seen.lines] for kind in COURTESIES]
    each = [
        logistic(np.column_stack([first[:, 1 + i], second[:, 1 + i], ones]), np.array(truths))
        for i, truths in enumerate([*kinds, *polite])
    ]
    return {
        "person": logistic(design(seen, regressed, context), needed, even(seen.lines, needed)),
        "kinds": np.array(each[: len(NEEDS)]).T,
        "manners": np.array(each[len(NEEDS) :]).T,
    }


def design(seen: Corpus, regressed: Floats, context: Floats) -> Doubles:
    """(n, signs): what the last curve weighs of each message."""
    rows = zip(regressed.astype(np.float64), context.astype(np.float64), seen.lines, seen.hits, strict=True)
    return np.array([signs(one, other, line.text, Said(fold(line.text)), hits) for one, other, line, hits in rows])


def logistic(design: Doubles, truths: NDArray[np.bool_], weights: Doubles | None = None) -> Doubles:
    """(columns,): a logistic regression by Newton's method, its last column a constant that is not penalised."""
    weights = np.ones(len(truths)) if weights is None else weights
    scale = np.maximum(design.std(axis=0), 1e-3)
    scale[-1] = 1.0
    x, curve = design / scale, np.zeros(design.shape[1])
    penalty = np.full(len(curve), SMOOTH)
    penalty[-1] = 1e-9
    for _ in range(60):
        chance = 0.5 * (1 + np.tanh(0.5 * (x @ curve)))
        bend = (x * (weights * chance * (1 - chance))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(bend, x.T @ (weights * (truths - chance)) - penalty * curve)
        curve += step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(curve / scale)


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _unit(counts: Any, rarity: Floats) -> Any:
    """Counts weighed by rarity, each row over the root of its summed squared rarities, as the reader does it."""
    from scipy import sparse

    length = np.sqrt(counts @ np.square(rarity))
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(length, 1e-9)) @ counts.multiply(rarity)).astype(np.float32)


def _hits(text: str) -> list[bool]:
    said = fold(text)
    cues = found(*(Said(form) for form in dict.fromkeys((said, mend(said)))))
    return [name in cues for name in FILES]


def even(lines: Sequence[Line], needed: NDArray[np.bool_]) -> Doubles:
    """(n,): weights by which messages of every length are as often in need as not.

    Stories are mostly written when something happened; a story must not be a need for that.
    """
    band = np.digitize([len(line.text.split()) for line in lines], BANDS)
    weights = np.ones(len(lines))
    for number in range(len(BANDS) + 1):
        for which in ((band == number) & needed, (band == number) & ~needed):
            weights[which] = len(lines) / (2 * (len(BANDS) + 1) * max(int(which.sum()), 1))
    return weights


def _inverse(kernel: Floats) -> Floats:
    """The inverse of a symmetric positive matrix, by Cholesky in half the work of a general one; `kernel` is lost."""
    from scipy.linalg import lapack

    factor, failed = lapack.spotrf(kernel.T, lower=True, overwrite_a=True)
    half, failed_too = lapack.spotri(factor, lower=True, overwrite_c=True)
    if failed or failed_too:
        raise ValueError("The kernel is not positive: the same message stands twice, or PENALTY is too small.")
    lower = np.tril(half)
    return np.asarray(lower + np.tril(lower, -1).T, np.float32)


def _targets(lines: Sequence[Line]) -> Floats:
    """(n, heads) of ±1."""
    columns = [[line.need is not None for line in lines]]
    columns += [[line.need is need for line in lines] for need in NEEDS]
    columns += [[line.courtesy is kind for line in lines] for kind in COURTESIES]
    return np.where(np.array(columns).T, np.float32(1), np.float32(-1))


def _groups(authors: NDArray[np.str_]) -> Iterator[NDArray[np.intp]]:
    for author in sorted(set(authors)):
        yield np.flatnonzero(authors == author)


def _unseen(seen: Corpus, likeness: Floats, inverse: Floats, alpha: Floats) -> Floats:
    """(n, heads): what a fit without a message's author says of it, clauses and all."""
    made, whole = np.empty((len(seen.lines), HEADS), np.float32), seen.whole
    for mine in _groups(seen.authors):
        others = np.setdiff1d(np.arange(len(made)), mine)
        inner = inverse[np.ix_(mine, mine)].astype(np.float64)
        without = alpha - inverse[:, mine] @ np.linalg.solve(inner, alpha[mine].astype(np.float64)).astype(np.float32)
        base, base_alpha = whole[others], without[others]
        for i in mine:
            meaning = _nearness(seen.rows[i], base) @ base_alpha
            made[i] = lifted(meaning) + likeness[i, others] @ base_alpha
    return made


def _nearness(rows: Floats, others: Floats) -> Floats:
    """(n, m): the kernel of meaning between unit rows (n, dims) and (m, dims)."""
    nearness = np.empty((len(rows), len(others)), np.float32)
    for at in range(0, len(rows), SLICE):
        cosine = rows[at : at + SLICE] @ others.T
        nearness[at : at + SLICE] = LINEAR * cosine + QUADRATIC * np.square(cosine)
    return nearness


def _form(whole: Floats, alpha: Floats) -> dict[str, NDArray[np.generic]]:
    """The part of meaning: "linear" (dims, heads), "axes" (dims, heads * AXES) and their "signs" (heads, AXES)."""
    axes, weights = [], []
    for head in alpha.T:
        values, vectors = np.linalg.eigh((QUADRATIC * (whole * head[:, None]).T @ whole).astype(np.float64))
        strongest = np.argsort(-np.abs(values))[:AXES]
        axes.append(vectors[:, strongest] * np.sqrt(np.abs(values[strongest])))
        weights.append(np.sign(values[strongest]))
    return {
        "linear": (LINEAR * whole.T @ alpha).astype(np.float16),
        "axes": np.hstack(axes).astype(np.float16),
        "signs": np.array(weights).astype(np.int8),
    }
