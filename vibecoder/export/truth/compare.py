"""Checks that every form of an export goes through: the same ids, the same texts, the same distributions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from vibecoder.export.truth.cases import Conversation, rendered_text
from vibecoder.export.truth.divergence import diverge
from vibecoder.export.truth.limits import limit_of
from vibecoder.export.truth.reference import Reference
from vibecoder.export.truth.verdict import Check

__all__ = ["check_ids", "check_numbers", "check_texts"]

_NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][+-]?\d+)?|-?\d+(?:[eE][+-]?\d+)?")
_FLOATS = "floats are written with six significant digits there: keep numbers in tool arguments short, or strings"


def check_ids(reference: Reference, tokenize: Callable[[Sequence[str]], Sequence[Sequence[int]]]) -> Check:
    """Compare the ids of every text."""
    texts = reference.cases.texts
    found = tokenize(texts)
    expected = [reference.tokenizer.encode(text) for text in texts]
    wrong = [text for text, ours, theirs in zip(texts, expected, found, strict=True) if ours != list(theirs)]
    said = f"{len(texts) - len(wrong)} of {len(texts)} texts have the same ids"
    if wrong:
        said += f"; the first that differs: {wrong[0][:60]!r}"
    return Check("ids", not wrong, said, {"texts": len(texts), "different": len(wrong)})


def check_texts(reference: Reference, render: Callable[[Conversation], str | None]) -> Check:
    """Compare the rendering of every conversation up to the header of the next reply."""
    same = rounded = 0
    wrong: list[str] = []
    for given in reference.cases.conversations:
        ours = rendered_text(reference.tokenizer, given, prompt=True)
        if ours is None:
            continue
        theirs = render(given)
        if theirs == ours:
            same += 1
        elif theirs is not None and _rounded(theirs) == _rounded(ours):
            rounded += 1
        else:
            wrong.append(_difference(ours, theirs))
    total = same + rounded + len(wrong)
    said = f"{same} of {total} conversations are rendered alike"
    if rounded:
        said += f", {rounded} but for how numbers are written"
    if wrong:
        said += f"; the first that differs: {wrong[0]}"
    figures = {"conversations": total, "same": same, "rounded": rounded, "different": len(wrong)}
    return Check("texts", not wrong, said, figures, _FLOATS if rounded else "")


def _rounded(text: str) -> str:
    return _NUMBER.sub(lambda found: f"{float(found[0]):.6g}", text)


def _difference(ours: str, theirs: str | None) -> str:
    if theirs is None:
        return "it is refused there"
    at = next((at for at, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), len(ours))
    return f"...{ours[max(0, at - 20) : at + 30]!r} is {theirs[max(0, at - 20) : at + 30]!r} there"


def check_numbers(
    reference: Reference, quantization: str, compute: Callable[[Sequence[int], Sequence[int]], NDArray[np.float32]]
) -> Check:
    """Compare the distributions at the positions of every row; `compute` maps a row and positions to log p [N, V]."""
    limit = limit_of(quantization)
    rows = zip(reference.cases.rows, reference.positions, reference.distributions, strict=True)
    found = diverge(_pairs(rows, compute))
    passed = found.positions > 0 and found.mean <= limit.divergence and found.first >= limit.first
    said = (
        f"KL {found.mean:.2g} (at most {limit.divergence:g}), worst {found.worst:.2g}; first choice the same at "
        f"{found.first:.1%} (at least {limit.first:.0%}) of {found.positions - found.ties} positions"
    )
    figures = {
        "kl": found.mean, "kl_worst": found.worst, "first": found.first, "positions": found.positions,
        "near_ties": found.ties, "kl_limit": limit.divergence, "first_limit": limit.first,
    }  # fmt: skip
    return Check("numbers", bool(passed), said, figures)


def _pairs(
    rows: Iterable[tuple[Sequence[int], Sequence[int], NDArray[np.float32]]],
    compute: Callable[[Sequence[int], Sequence[int]], NDArray[np.float32]],
) -> Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    for row, positions, expected in rows:
        yield expected, compute(row, positions)
