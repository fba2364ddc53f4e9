"""`python -m tests.purity DIR`: the gap list's clusters beside the true subjects of questions nobody here wrote.

DIR holds scenarios/*.jsonl in the format of the docs. Of each file about scope, the questions inside it are clustered
as if the site served none of their subjects (the expected category is the true one), and so are those outside it whose
last tag names their domain. Purity: the share of questions whose subject is the one most of their cluster have. NMI:
mutual information of clusters and subjects over the mean of their entropies. Beside it: all in one, each alone, and
k-means told the true number of subjects or given our number of clusters (the best of five starts by its own measure).
The largest clusters are shown with their true subjects, then what a guided start would propose. Prints Markdown.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
SEEDS = 5
UNTOLD = {"near", "far", "oos", "seen", "unseen", "scope", "in"}  # tags that name no subject
LARGEST = 12  # clusters shown
MANY = 3  # questions from which on a cluster is one that an owner would look at
Clusters = Sequence[Sequence[int]]


def labelled(file: Path) -> dict[str, list[tuple[str, str]]]:
    """(question, true subject) of a file: those inside the scope, and those outside whose domain is told."""
    found: dict[str, list[tuple[str, str]]] = {"inside": [], "outside": []}
    for line in filter(str.strip, file.read_text("utf-8").splitlines()):
        body: dict[str, Any] = json.loads(line)
        tags, wanted = body.get("tags", []), body.get("expect", {}).get("category")
        if "scope" not in tags:
            continue
        if wanted:
            found["inside"].append((body["turns"][0], wanted))
        elif tags[-1] not in UNTOLD:
            found["outside"].append((body["turns"][0], tags[-1]))
    return {name: pairs for name, pairs in found.items() if pairs}


def purity(clusters: Clusters, subjects: Sequence[str]) -> float:
    held = [each for each in clusters if len(each)]
    return sum(max(Counter(subjects[i] for i in each).values()) for each in held) / max(1, sum(map(len, held)))


def nmi(clusters: Clusters, subjects: Sequence[str]) -> float:
    """0 for clusters that tell nothing of the subjects, 1 for the subjects themselves."""
    n, whole = len(subjects), Counter(subjects)
    both = [Counter(subjects[i] for i in each) for each in clusters]
    entropy = -sum(len(each) / n * log(len(each) / n) for each in clusters if len(each))
    entropy -= sum(count / n * log(count / n) for count in whole.values())
    shared = sum(
        count / n * log(count * n / (len(each) * whole[subject]))
        for each, counts in zip(clusters, both, strict=True)
        for subject, count in counts.items()
    )
    return 2 * shared / entropy if entropy else 1.0


def k_means(rows: Any, k: int, seed: int) -> tuple[float, Clusters]:
    """How near rows are to their cluster's mean in all, and the clusters; spherical, k-means++ starts."""
    rng = np.random.default_rng(seed)
    means = rows[[int(rng.integers(len(rows)))]]
    while len(means) < k:
        far = np.clip(1 - (rows @ means.T).max(axis=1), 1e-9, None)
        means = np.vstack([means, rows[int(rng.choice(len(rows), p=far / far.sum()))]])
    for _ in range(60):
        own = (rows @ means.T).argmax(axis=1)
        means = np.array([rows[own == j].sum(axis=0) if (own == j).any() else means[j] for j in range(k)])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
    near = rows @ means.T
    own = near.argmax(axis=1)
    return float(near.max(axis=1).sum()), [np.flatnonzero(own == j).tolist() for j in range(k)]


def compared(rows: Any, subjects: Sequence[str]) -> dict[str, Clusters]:
    """The product's clusters beside the simple ones."""
    from knowledge.insights import clusters

    n, k = len(rows), len(set(subjects))
    return {
        **{f"average linkage, {cut}": clusters.linked(rows, cut) for cut in (0.4, 0.45, 0.5, 0.55, 0.6)},
        "all in one": [list(range(n))],
        "each alone": [[i] for i in range(n)],
        f"k-means, k = {k} told": means(rows, k),
        f"k-means, as many as average linkage, {clusters.ALIKE}": means(rows, len(clusters.linked(rows))),
    }


def means(rows: Any, k: int) -> Clusters:
    """The best of some starts, by how near rows are to their means."""
    return max((k_means(rows, k, seed) for seed in range(SEEDS)), key=lambda found: found[0])[1]


def row(name: str, clusters: Clusters, subjects: Sequence[str]) -> str:
    large = [each for each in clusters if len(each) >= MANY]
    inside = sum(map(len, large)) / len(subjects)
    led = len({Counter(subjects[i] for i in each).most_common(1)[0][0] for each in large})
    return (
        f"| {name} | {len(clusters)} | {purity(clusters, subjects):.3f} | {nmi(clusters, subjects):.3f} "
        f"| {len(large)} ({inside:.0%} of questions) | {led} of {len(set(subjects))} |"
    )


def proposed(questions: list[str], rows: Any, subjects: Sequence[str]) -> str:
    """What a guided start would propose of these questions, without their subjects, beside them."""
    from release.onboarding.grouping import grouped
    from release.onboarding.tickets import Asked

    found = grouped([Asked(question) for question in questions], rows).subjects
    lead = [Counter(subjects[i] for i in each.members).most_common(1)[0][0] for each in found]

    def share(part: str) -> str:
        rows = [(subjects[i], own) for each, own in zip(found, lead, strict=True) for i in getattr(each, part)]
        alike = sum(subject == own for subject, own in rows)
        return f"{alike / max(1, len(rows)):.3f} of {len(rows)} {part}"

    strangers = [(subjects[i], own) for each, own in zip(found, lead, strict=True) for i in each.counterexamples]
    wrong = sum(subject == own for subject, own in strangers)
    return (
        f"\nA guided start proposes {len(found)} categories of {len(set(lead))} true subjects; of the subject that "
        f"leads: {share('examples')}, {share('scenarios')}; {wrong} of {len(strangers)} counterexamples are of it too"
    )


def main() -> None:
    import django

    django.setup()
    from knowledge.embedding.embedders import embedder
    from knowledge.insights import clusters

    files = sorted(Path(sys.argv[1]).glob("scenarios/*.jsonl")) if len(sys.argv) > 1 else []
    if not files:
        sys.exit("Give a folder with scenarios/*.jsonl: python -m tests.purity DIR")
    seen = set[tuple[tuple[str, str], ...]]()
    for file in files:
        for where, pairs in labelled(file).items():
            if (key := tuple(sorted(pairs))) in seen or len({subject for _, subject in pairs}) < 2:
                continue
            seen.add(key)
            subjects = [subject for _, subject in pairs]
            questions = [question for question, _ in pairs]
            parts = [embedder().encode(questions[at : at + 64]) for at in range(0, len(pairs), 64)]
            rows = np.concatenate(parts)
            print(f"\n{file.stem}, {where}: n = {len(pairs)}, {len(set(subjects))} true subjects\n")
            print(f"| method | clusters | purity | NMI | clusters of {MANY} and more | true subjects that lead one |")
            print("|---|---|---|---|---|---|")
            for name, found in compared(rows, subjects).items():
                print(row(name, found, subjects), flush=True)
            print(proposed(questions, rows, subjects))
            for each in clusters.linked(rows)[:LARGEST]:
                shares = Counter(subjects[i] for i in each).most_common(3)
                print(f"- {len(each)}: " + ", ".join(f"{subject} {count}" for subject, count in shares))


if __name__ == "__main__":
    main()
