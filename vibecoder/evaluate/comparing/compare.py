"""Compares two models prompt by prompt: what rose and fell by suite and category, and what of it may be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vibecoder.errors import DataError
from vibecoder.evaluate.comparing.bootstrap import RESAMPLES, mcnemar, paired_interval
from vibecoder.evaluate.results import Results
from vibecoder.evaluate.types import Verdict

__all__ = ["ModelComparison", "PairedDifference", "Row", "compare", "paired_difference"]


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The paired difference over `prompts` prompts: mean scores, their difference with a 95% interval, verdicts turned.

    `p` is McNemar's exact two-sided p of `gained` against `lost`.
    """

    prompts: int
    base: float
    tuned: float
    difference: float
    low: float
    high: float
    gained: int
    lost: int
    p: float

    @property
    def settled(self) -> bool:
        """Whether the interval leaves out no difference at all."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: everything (`suite` empty), a suite (`category` empty), or a category of a suite."""

    suite: str
    category: str
    change: PairedDifference

    @property
    def title(self) -> str:
        return f"{self.suite}: {self.category}" if self.category else self.suite or "everything"


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """Two sets of results, paired by prompt. Pairs in `gained` and `lost` are (base, tuned), worst fall first."""

    base: str
    tuned: str
    rows: tuple[Row, ...]
    gained: tuple[tuple[Verdict, Verdict], ...]
    lost: tuple[tuple[Verdict, Verdict], ...]
    unpaired: int
    resamples: int
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """Convert the comparison for programs: rows flat, the prompts that were gained and lost by id."""
        return {
            "base": self.base,
            "tuned": self.tuned,
            "rows": [{"suite": row.suite, "category": row.category, **asdict(row.change)} for row in self.rows],
            "gained": [verdict.prompt for verdict, _ in self.gained],
            "lost": [verdict.prompt for verdict, _ in self.lost],
            "unpaired": self.unpaired,
            "interval": {"kind": "paired bootstrap, percentile", "confidence": 0.95, "resamples": self.resamples},
            "seed": self.seed,
        }


def compare(base: Results, tuned: Results, *, resamples: int = RESAMPLES, seed: int = 0) -> ModelComparison:
    """Compare verdicts paired by prompt; prompts that only one side has are counted and left out.

    Raises:
        DataError: they have no prompt in common.
    """
    before = {verdict.prompt: verdict for verdict in base.verdicts}
    pairs = [(before[verdict.prompt], verdict) for verdict in tuned.verdicts if verdict.prompt in before]
    if not pairs:
        raise DataError(
            f"{base.folder} and {tuned.folder} have no prompt in common; evaluate both on the same suites and dataset"
        )
    kinds = {(b.suite, b.category) for b, _ in pairs}
    suites = sorted({suite for suite, _ in kinds})
    keys = [("", "")] if len(suites) > 1 else []
    for suite in suites:
        categories = sorted(category for of, category in kinds if of == suite)
        keys += [(suite, ""), *((suite, category) for category in categories if len(categories) > 1)]
    rows = []
    for suite, category in keys:
        chosen = [pair for pair in pairs if suite in ("", pair[0].suite) and category in ("", pair[0].category)]
        rows.append(Row(suite, category, paired_difference(chosen, resamples=resamples, seed=seed)))
    turned = sorted(pairs, key=lambda pair: (pair[1].score - pair[0].score, pair[0].prompt))
    return ModelComparison(
        base=base.name,
        tuned=tuned.name,
        rows=tuple(rows),
        gained=tuple(pair for pair in reversed(turned) if pair[1].passed and not pair[0].passed),
        lost=tuple(pair for pair in turned if pair[0].passed and not pair[1].passed),
        unpaired=len(base.verdicts) + len(tuned.verdicts) - 2 * len(pairs),
        resamples=resamples,
        seed=seed,
    )


def paired_difference(
    pairs: Sequence[tuple[Verdict, Verdict]],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> PairedDifference:
    """Compute the paired difference of the scores of `pairs` (base, tuned), at least one."""
    differences = [tuned.score - base.score for base, tuned in pairs]
    low, high = paired_interval(differences, confidence=confidence, resamples=resamples, seed=seed)
    gained = sum(tuned.passed and not base.passed for base, tuned in pairs)
    lost = sum(base.passed and not tuned.passed for base, tuned in pairs)
    return PairedDifference(
        prompts=len(pairs),
        base=sum(base.score for base, _ in pairs) / len(pairs),
        tuned=sum(tuned.score for _, tuned in pairs) / len(pairs),
        difference=sum(differences) / len(pairs),
        low=low,
        high=high,
        gained=gained,
        lost=lost,
        p=mcnemar(gained, lost),
    )
