"""Make a run fit its memory: the most tokens at once, or the settings that would make it fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vibecoder.errors import ConfigError
from vibecoder.memory_model.budget import Budget
from vibecoder.memory_model.predict import Prediction, predict
from vibecoder.system.units import memory
from vibecoder.types import MemoryModel, MemorySetup, Workload

__all__ = ["SLACK", "Fit", "fit", "refuse"]

SLACK = 1.1
"""Safety factor on a prediction, which is within 15 %; recovery handles the rest."""
_SHARES = (1.0, 0.75, 0.5, 0.375, 0.25, 0.125, 0.0)
_LENGTHS = (4096, 3072, 2048, 1536, 1408, 1024, 768, 512)


@dataclass(frozen=True, slots=True)
class Fit:
    """The chosen `tokens` at once for the `budget` (0: one row at a time) and the predicted peak."""

    tokens: int
    prediction: Prediction
    budget: Budget

    @property
    def fits(self) -> bool:
        return self.prediction.total * SLACK <= self.budget.bytes

    def __str__(self) -> str:
        return f"{self.prediction} of {memory(self.budget.bytes)}, {self.at_once:,} tokens at once"

    @property
    def at_once(self) -> int:
        """Return the largest number of tokens that one micro-batch computes."""
        largest = self.prediction.largest
        return largest.prefix + largest.rows * largest.width

    def as_dict(self) -> dict[str, Any]:
        return {
            "tokens": self.tokens,
            "predicted": self.prediction.total,
            "parts": dict(self.prediction.parts),
            "budget": self.budget.bytes,
            "device": self.budget.device,
        }


def fit(
    model: MemoryModel,
    setup: MemorySetup,
    budget: Budget,
    tokens: int,
    work: Callable[[int], Iterable[Workload]],
) -> Fit:
    """Choose the largest number of tokens up to `tokens` that fits, down to one row at a time.

    `work(tokens)` lists the micro-batches. The result may still not fit.
    """
    for share in _SHARES:
        taken = int(tokens * share) // 64 * 64
        found = Fit(taken, predict(model, setup, work(taken)), budget)
        if found.fits:
            break
    return found


def refuse(
    name: str,
    model: MemoryModel,
    setup: MemorySetup,
    found: Fit,
    shorter: Callable[[int], Iterable[Workload]],
) -> ConfigError:
    """Build the error for a model that does not fit, with the settings that would make it fit.

    `shorter(length)` lists the micro-batches of the smallest budget for rows of at most `length` tokens.
    """
    budget = found.budget
    head = (
        f"training {name} takes {memory(found.prediction.total)} even with every row alone, and there are "
        f"{memory(budget.bytes)} for it ({budget.reason})"
    )
    alone = [cure for cure in _cures(model, setup, found, shorter) if cure[1].total * SLACK <= budget.bytes]
    if alone:
        said = "; or ".join(f"--set {setting} ({memory(prediction.total)})" for setting, prediction in alone[:3])
        return ConfigError(f"{head}; make it fit by {said}")
    settings, best = _together(model, setup, found, shorter)
    together = " ".join(f"--set {setting}" for setting in settings)
    if best.total * SLACK <= budget.bytes:
        return ConfigError(f"{head}; make it fit by all of {together} ({memory(best.total)})")
    return ConfigError(f"{head}; {together} still takes {memory(best.total)}: choose a smaller --model")


def _cures(
    model: MemoryModel, setup: MemorySetup, found: Fit, shorter: Callable[[int], Iterable[Workload]]
) -> Iterator[tuple[str, Prediction]]:
    """Yield single settings that take less memory, the least harmful first, with the peak of each."""
    smallest = [found.prediction.largest]
    for setting, changed in _changes(setup):
        yield setting, predict(model, changed, smallest)
    for length in _LENGTHS:
        if length < smallest[0].prefix + smallest[0].width:
            prediction = predict(model, setup, shorter(length))
            if prediction.total * SLACK <= found.budget.bytes or length == _LENGTHS[-1]:
                yield f"data.max_length={length}", prediction
                return


def _together(
    model: MemoryModel, setup: MemorySetup, found: Fit, shorter: Callable[[int], Iterable[Workload]]
) -> tuple[Sequence[str], Prediction]:
    """Combine as few settings as fit together, with their peak."""
    settings: list[str] = []
    best = found.prediction
    work: Iterable[Workload] = [best.largest]
    for setting, _ in _changes(setup):
        setup = next(changed for name, changed in _changes(setup) if name == setting)
        settings.append(setting)
        best = predict(model, setup, work)
        if best.total * SLACK <= found.budget.bytes:
            return settings, best
    for length in _LENGTHS:
        if length < found.prediction.largest.prefix + found.prediction.largest.width:
            best = predict(model, setup, shorter(length))
            if best.total * SLACK <= found.budget.bytes:
                return [*settings, f"data.max_length={length}"], best
    return [*settings, f"data.max_length={_LENGTHS[-1]}"], best


def _changes(setup: MemorySetup) -> Iterator[tuple[str, MemorySetup]]:
    if not setup.model.checkpointing:
        yield (
            "model.checkpointing=true",
            dataclasses.replace(setup, model=dataclasses.replace(setup.model, checkpointing=True)),
        )
    if setup.model.quantization != "4bit":
        yield (
            "model.quantization=4bit",
            dataclasses.replace(setup, model=dataclasses.replace(setup.model, quantization="4bit")),
        )
    if setup.lora.rank > 8:
        yield "lora.rank=8", dataclasses.replace(setup, lora=dataclasses.replace(setup.lora, rank=8))
