"""The gate's rule: whether an adapter may take the place of the one before it. Pure; `gatekeeper` measures for it.

A harmless stage must be let through at least 19 times in 20, so what a rule calls a loss is beyond chance:

* held-out loss is finite and lower than before;
* of the must-pass prompts that passed at every measurement before, at most `lost_canaries` fail;
* no suite falls by more than `margin` beyond noise: the mean score fell by more, the upper end of the paired bootstrap
  interval lies below -`margin`, and McNemar's exact one-sided test gives at most `ALPHA` divided by the number of
  suites. The exact test bounds false alarms for few prompts too, where the bootstrap alone would be too sure; the
  division bounds them over all suites together (Bonferroni), at 2.5%;
* the held-out replies fit their own prompts better than each other's prompts (`label_fit`), at 99.5%;
* answers in words to plain requests (`plain`) do not lose more than `plain_margin` nats a token to the base, at 99.5%.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from vibecoder.evaluate.comparing.bootstrap import fell_by_chance, paired_interval
from vibecoder.evaluate.comparing.compare import PairedDifference, paired_difference
from vibecoder.evaluate.gate.label_fit import LabelFit
from vibecoder.evaluate.types import Verdict
from vibecoder.runs.codec import decode
from vibecoder.runs.parts import GateVerdict, SuiteChange
from vibecoder.system.units import counted

__all__ = ["ALPHA", "Decision", "GateLimits", "StageEvidence", "decide"]

ALPHA = 0.025
"""How often, at most, suites that did not change may look fallen, all of them together."""
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What a stage may cost: a suite's mean score beyond noise, must-pass prompts, nats a token of plain answers."""

    margin: float = 0.05
    lost_canaries: int = 0
    plain_margin: float = 0.1


@dataclass(frozen=True, slots=True)
class StageEvidence:
    """What was measured around a stage; what was not measured is not judged.

    `plain_before` and `plain_after` are nats a token of the same answers, by the base and after the stage. `shaky` are
    prompts that failed in an earlier measurement: no canaries.
    """

    before: Sequence[Verdict]
    after: Sequence[Verdict]
    loss_before: float | None = None
    loss_after: float | None = None
    labels: LabelFit | None = None
    plain_before: Sequence[float] = ()
    plain_after: Sequence[float] = ()
    shaky: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the adapter is kept; if not, why, and the prompts that failed (prompt, suite, reason, before, after)."""

    kept: bool
    reasons: tuple[str, ...]
    failures: tuple[dict[str, str], ...]
    suites: dict[str, PairedDifference]

    def as_record(self) -> GateVerdict:
        """Convert the decision to the form that the run's record has."""
        suites = {name: decode(SuiteChange, asdict(found)) for name, found in self.suites.items()}
        return GateVerdict(kept=self.kept, reasons=self.reasons, failures=self.failures, suites=suites)


def decide(evidence: StageEvidence, limits: GateLimits) -> Decision:
    """Judge a stage by every rule; all reasons are given, not only the first."""
    earlier = {verdict.prompt: verdict for verdict in evidence.before}
    pairs = [(earlier[verdict.prompt], verdict) for verdict in evidence.after if verdict.prompt in earlier]
    reasons = [*_loss(evidence), *_labels(evidence.labels), *_plain(evidence, limits.plain_margin)]
    failed: list[tuple[Verdict, Verdict]] = []

    canaries = [p for p in pairs if _lost(p) and p[0].must_pass and p[0].prompt not in evidence.shaky]
    if len(canaries) > limits.lost_canaries:
        allowed = f" ({limits.lost_canaries} may)" if limits.lost_canaries else ""
        reasons.append(
            f"{counted(len(canaries), 'must-pass prompt')} that passed before now {_fail(canaries)}{allowed}"
        )
        failed += canaries

    suites: dict[str, PairedDifference] = {}
    names = sorted({before.suite for before, _ in pairs})
    alpha = ALPHA / max(1, len(names))
    for name in names:
        of_suite = [pair for pair in pairs if pair[0].suite == name]
        found = suites[name] = paired_difference(of_suite, confidence=1 - 2 * alpha)
        if _fell(found, limits.margin, alpha):
            reasons.append(
                f"the suite {name} fell from {found.base:.0%} to {found.tuned:.0%} of {found.prompts} prompts "
                f"(change {100 * found.difference:+.0f}, interval {100 * found.low:+.0f} to {100 * found.high:+.0f} "
                f"points; {100 * limits.margin:g} are allowed beyond noise)"
            )
            failed += [pair for pair in of_suite if _lost(pair)]
    unique = list({pair[0].prompt: pair for pair in failed}.values())
    return Decision(not reasons, tuple(reasons), tuple(_failure(pair) for pair in unique[:_SHOWN]), suites)


def _loss(evidence: StageEvidence) -> list[str]:
    before, after = evidence.loss_before, evidence.loss_after
    if after is None:
        return []
    if not math.isfinite(after):
        return [f"the held-out loss is {after}"]
    if before is not None and not after < before:
        return [f"the held-out loss did not fall: {before:.4g} before, {after:.4g} after"]
    return []


def _labels(labels: LabelFit | None) -> list[str]:
    if labels is None or labels.fits:
        return []
    return [
        f"the held-out replies fit their own prompts no better than each other's ({labels.mean:+.2f} nats a token over "
        f"{labels.rows} rows, lower end {labels.low:+.2f}): the replies of the dataset look shuffled"
    ]


def _plain(evidence: StageEvidence, margin: float) -> list[str]:
    pairs = list(zip(evidence.plain_before, evidence.plain_after, strict=False))
    if not pairs:
        return []
    low, _ = paired_interval([after - before for before, after in pairs], confidence=0.99)
    if low <= margin:
        return []
    before, after = (sum(losses) / len(pairs) for losses in zip(*pairs, strict=True))
    return [
        f"answers in words to plain requests became unlikely: {before:.2f} nats a token for the base, {after:.2f} now "
        f"({margin:g} are allowed beyond noise), as by rows that hold nothing but tool calls"
    ]


def _fell(found: PairedDifference, margin: float, alpha: float) -> bool:
    beyond = found.difference < -margin and found.high < -margin
    return beyond and fell_by_chance(found.gained, found.lost) <= alpha


def _lost(pair: tuple[Verdict, Verdict]) -> bool:
    return pair[0].passed and not pair[1].passed


def _failure(pair: tuple[Verdict, Verdict]) -> dict[str, str]:
    before, after = pair
    return {
        "prompt": after.prompt,
        "suite": after.suite,
        "reason": after.reason,
        "user": str(after.measures.get("user", "")),
        "before": before.reply,
        "after": after.reply,
    }


def _fail(pairs: Sequence[object]) -> str:
    return "fails" if len(pairs) == 1 else "fail"
