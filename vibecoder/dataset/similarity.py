"""Find near-duplicate texts: MinHash signatures over word 5-grams, candidates by LSH, then exact Jaccard.

Broder, "On the resemblance and containment of documents" (1997); banding as in Leskovec, Rajaraman and Ullman, "Mining
of Massive Datasets", chapter 3. Hashes are of the words alone, so the result is the same on every machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pair", "distinct", "grams", "pairs", "share"]

PERMUTATIONS = 128
MISSED = 1e-3
"""Largest probability that a pair exactly at the threshold is no candidate; above it, the probability falls fast."""
Pair = tuple[int, int, float]


def grams(text: str, size: int = 5) -> frozenset[str]:
    """List the n-grams of `size` words of a text in lower case; of a shorter text, all its words as one."""
    words = text.lower().split()
    return frozenset(" ".join(words[at : at + size]) for at in range(max(1, len(words) - size + 1)))


def pairs(texts: Sequence[str], threshold: float, size: int = 5) -> list[Pair]:
    """Find every `(i, j, similarity)` with i < j whose n-gram sets have a Jaccard similarity of `threshold` or more.

    Texts with the same n-grams are compared once, so a million copies of one line cost no more than their listing.
    """
    sets = [grams(text, size) for text in texts]
    copies: defaultdict[frozenset[str], list[int]] = defaultdict(list)
    for at, found in enumerate(sets):
        copies[found].append(at)
    kinds = list(copies)
    near = [(kinds[a], kinds[b], _jaccard(kinds[a], kinds[b])) for a, b in _candidates(kinds, threshold)]
    result = [(min(i, j), max(i, j), s) for a, b, s in near if s >= threshold for i in copies[a] for j in copies[b]]
    result += [(i, j, 1.0) for same in copies.values() for at, i in enumerate(same) for j in same[at + 1 :]]
    return sorted(result)


def share(texts: Sequence[str], threshold: float, size: int = 5) -> float:
    """Compute the share of texts that some other text nearly repeats; both of a pair count."""
    repeated = {at for one, other, _ in pairs(texts, threshold, size) for at in (one, other)}
    return len(repeated) / max(1, len(texts))


def distinct(texts: Sequence[str], size: int = 2) -> float:
    """Compute distinct-n, different n-grams by all n-grams (Li et al., 1510.03055); it falls as texts are added."""
    found = [
        tuple(words[at : at + size])
        for words in (text.lower().split() for text in texts)
        for at in range(len(words) - size + 1)
    ]
    return len(set(found)) / max(1, len(found))


def _candidates(sets: Sequence[frozenset[str]], threshold: float) -> Iterator[tuple[int, int]]:
    """Find the pairs whose signatures agree in at least one band."""
    rows = _rows(threshold)
    signatures = _signatures(sets)
    seen: set[tuple[int, int]] = set()
    for first in range(0, PERMUTATIONS - rows + 1, rows):
        buckets: defaultdict[bytes, list[int]] = defaultdict(list)
        for at, band in enumerate(signatures[:, first : first + rows]):
            buckets[band.tobytes()].append(at)
        for members in buckets.values():
            for at, one in enumerate(members):
                for other in members[at + 1 :]:
                    if (one, other) not in seen:
                        seen.add((one, other))
                        yield one, other


def _signatures(sets: Sequence[frozenset[str]]) -> NDArray[np.uint64]:
    """Compute MinHash signatures [texts, PERMUTATIONS] uint64: the least n-gram hash under each permutation."""
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 2**63, PERMUTATIONS, np.uint64) * np.uint64(2) + np.uint64(1)
    offsets = rng.integers(0, 2**63, PERMUTATIONS, np.uint64)
    result = np.empty((len(sets), PERMUTATIONS), np.uint64)
    for at, found in enumerate(sets):
        keys = np.frombuffer(b"".join(blake2b(gram.encode(), digest_size=8).digest() for gram in found), "<u8")
        mixed = keys[:, None].astype(np.uint64) * factors + offsets  # modulo 2**64
        result[at] = (mixed ^ (mixed >> np.uint64(29))).min(axis=0)
    return result


def _rows(threshold: float) -> int:
    """Choose the longest bands that miss a pair at the threshold with a probability of at most `MISSED`."""
    fits = [rows for rows in range(1, 17) if (1 - threshold**rows) ** (PERMUTATIONS // rows) <= MISSED]
    return max(fits, default=1)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / max(1, len(one) + len(other) - shared)
