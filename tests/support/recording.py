"""Backends that train nothing: what the host hands to the real ones, noted, and replies that become worse by training.

Each is the descriptor of a built-in backend but for its name and what it opens, so planning refuses by it what it
refuses by the real one. `install` makes it a plugin; that plugin's module says `from support.recording import *`.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vibecoder_cuda
import vibecoder_mlx
from vibecoder.hookspecs import hookimpl
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer
from vibecoder.training.job import evaluated, evaluation_is_due, finish, save_checkpoint, save_is_due, start_of
from vibecoder.types import (
    BackendSpec,
    Batch,
    Events,
    Judgement,
    LossSum,
    ModelSpec,
    Prompt,
    Saved,
    Stepped,
    SuiteJob,
    SuiteSpec,
    TrainJob,
    TrainResult,
)

__all__ = ["OPENED", "PREFIX", "RecordingBackend", "vibecoder_backends", "vibecoder_suites"]

PREFIX = "recording-"
OPENED: list[RecordingBackend] = []
"""What was opened, in order; a test empties it."""
STEP_SECONDS = 0.05
_ASKED, _SPOILT = 20, 8
"""Prompts of each suite, and how many of them a trained adapter answers wrongly, the first of which must pass."""
_TOKENIZER = ChatTokenizer.load(NANO)


class RecordingBackend:
    """Notes the model it is opened with, its jobs, what it is asked, and the seconds that it waits between steps."""

    def __init__(self, name: str, model: ModelSpec) -> None:
        self.name, self.model = name, model
        self.jobs: list[TrainJob] = []
        self.asked: list[tuple[bool, int, int]] = []
        self.waited = 0.0
        OPENED.append(self)

    def train(self, job: TrainJob, events: Events) -> TrainResult:
        self.jobs.append(job)
        shapes = {f"model.layers.0.part.{target}": (4, 4) for target in job.lora.targets}
        start = start_of(job, shapes)
        step, best, stopped = start.step, start.best, None
        for step in range(start.step + 1, len(job.schedule) + 1):
            rate = float(job.optimizer.learning_rates[step - 1])
            events.emit(Stepped(step, 1.0, 1, 1, rate, 1.0, STEP_SECONDS, 1))
            if evaluation_is_due(job, step):
                best = evaluated(job, events, step, 1.0 / step, best, lambda: start.weights)
            begun = time.perf_counter()
            stopped = events.should_stop()
            self.waited += time.perf_counter() - begun
            if stopped or save_is_due(job, step):
                folder = save_checkpoint(job, step, start.weights, best, lambda _: None)
                probe = job.probe
                replies = self.generate(probe.prompts, folder, probe.max_new_tokens, probe.stop) if probe else []
                events.emit(Saved(step, folder, replies))
            if stopped:
                break
        return finish(job, step, start.weights, best, stopped)

    def loss(self, batches: Sequence[Batch], adapter: Path | None) -> LossSum:
        tokens = sum(batch.supervised for batch in batches)
        return LossSum(tokens * (1.0 if adapter else 2.0), tokens)

    def log_probabilities(self, batches: Sequence[Batch], adapter: Path | None) -> list[NDArray[np.float32]]:
        return [np.zeros(batch.ids.shape, np.float32) for batch in batches]

    def generate(
        self, prompts: Sequence[Sequence[int]], adapter: Path | None, max_new_tokens: int, stop: Sequence[int]
    ) -> list[list[int]]:
        self.asked.append((adapter is not None, len(prompts), max_new_tokens))
        wrong = [f"number {number}." for number in range(_SPOILT)] if adapter else []
        texts = [_TOKENIZER.decode(list(prompt)) for prompt in prompts]
        return [_TOKENIZER.encode("no" if any(part in text for part in wrong) else "yes") for text in texts]

    def peak_memory(self) -> int:
        return 1

    def close(self) -> None:
        pass


@hookimpl
def vibecoder_backends() -> Sequence[BackendSpec]:
    real = [*vibecoder_mlx.vibecoder_backends(), *vibecoder_cuda.vibecoder_backends()]
    return [
        dataclasses.replace(spec, name=PREFIX + spec.name, open=partial(RecordingBackend, PREFIX + spec.name))
        for spec in real
    ]


def _prompts(suite: str, job: SuiteJob) -> Sequence[Prompt]:
    return [
        Prompt(
            id=f"{suite}/{number}",
            suite=suite,
            category="manners",
            messages=[{"role": "user", "content": f"Say yes, number {number}."}],
            scorer="yes",
            must_pass=number == 0,
        )
        for number in range(_ASKED)
    ]


def _yes(prompt: Prompt, reply: str) -> Judgement:
    return Judgement(float(reply == "yes"), "" if reply == "yes" else "not a yes")


@hookimpl
def vibecoder_suites() -> Sequence[SuiteSpec]:
    return [
        SuiteSpec(name=name, summary=name, prompts=partial(_prompts, name), scorers={"yes": _yes})
        for name in ("consent", "assent")
    ]


def tidy(value: Any) -> Any:
    """`value` as plain data that compares equal exactly where a backend would see no difference, without paths."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        name = getattr(value, "name", None)
        return {
            "": name or type(value).__name__,
            **{f.name: tidy(getattr(value, f.name)) for f in dataclasses.fields(value)},
        }
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.tolist())
    if isinstance(value, (list, tuple)):
        return [tidy(item) for item in value]
    return None if isinstance(value, Path) else value
