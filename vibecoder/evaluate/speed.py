"""Measures generation: time to first token, tokens a second and peak memory, by quantization and prompt length.

Each quantization is measured in a process of its own, lengths ascending, so that a peak is this configuration's own.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from vibecoder import plugins
from vibecoder.errors import BackendError, VibecoderError
from vibecoder.models import cache_folder
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import Backend, ModelSpec

__all__ = ["BenchRequest", "Measured", "bench", "measure"]

_TEXT = "def add(left, right):\n    return left + right\n\n\nclass Stack:\n    def push(self, item):\n        ...\n\n\n"


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """What to measure: a model on a backend, at these quantizations and lengths of the prompt in tokens.

    Every figure is the median of `repeats` rounds after one that is not counted.
    """

    backend: str
    model: Path
    adapter: Path | None
    quantizations: Sequence[str]
    lengths: Sequence[int]
    new_tokens: int
    precision: str = "auto"
    repeats: int = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One configuration. `first_token` is seconds from the prompt to the first new token; rates are tokens a second.

    `prompt_rate` is the prompt's tokens by `first_token`, `rate` that of the tokens after the first. `peak_memory` is
    in bytes, by the backend's own count. `problem` says why there are no figures.
    """

    quantization: str
    length: int
    first_token: float = 0.0
    prompt_rate: float = 0.0
    rate: float = 0.0
    peak_memory: int = 0
    problem: str = ""


def bench(order: BenchRequest) -> Iterator[Measured]:
    """Measure every configuration; a quantization that cannot be opened or runs out of memory is reported as such."""
    lengths = sorted(set(order.lengths))
    for quantization in order.quantizations:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            for length in lengths:
                try:
                    yield pool.submit(_measured, order, quantization, length).result()
                except BrokenProcessPool:
                    yield Measured(quantization, length, problem="the process ended, most likely for want of memory")
                    break
                except (VibecoderError, OSError, RuntimeError, ValueError, MemoryError) as error:
                    yield Measured(quantization, length, problem=" ".join(str(error).split())[:200])
                    break


def measure(
    backend: Backend, prompt: Sequence[int], adapter: Path | None, new_tokens: int, repeats: int
) -> tuple[float, float]:
    """Measure the median seconds to the first token, and the median tokens a second after it.

    Raises:
        BackendError: the backend ended the reply early though it was given no stop token.
    """
    backend.generate([prompt], adapter, 2, ())
    first, rates = [], []
    for _ in range(repeats):
        first.append(_seconds(backend, prompt, adapter, 1))
        whole = _seconds(backend, prompt, adapter, new_tokens)
        rates.append((new_tokens - 1) / max(1e-9, whole - first[-1]))
    return statistics.median(first), statistics.median(rates)


def _seconds(backend: Backend, prompt: Sequence[int], adapter: Path | None, tokens: int) -> float:
    began = time.perf_counter()
    (reply,) = backend.generate([prompt], adapter, tokens, ())
    if len(reply) != tokens:
        raise BackendError(f"the backend gave {len(reply)} of {tokens} tokens without a stop token to end at")
    return time.perf_counter() - began


_opened: dict[str, Backend] = {}
"""The one model of a measuring process, kept from length to length."""


def _measured(order: BenchRequest, quantization: str, length: int) -> Measured:
    """Measure one prompt length in the process of `quantization`, which keeps the model it has opened."""
    if not _opened:
        spec = ModelSpec(str(order.model), quantization, order.precision, False, cache_folder())
        _opened[quantization] = plugins.load().backend(order.backend).open(spec)
    backend = _opened[quantization]
    prompt = _prompt(ChatTokenizer.load(order.model), length)
    first, rate = measure(backend, prompt, order.adapter, order.new_tokens, order.repeats)
    return Measured(quantization, length, first, length / first, rate, backend.peak_memory())


def _prompt(tokenizer: ChatTokenizer, length: int) -> list[int]:
    """Return the ids of code of exactly `length` tokens."""
    unit = tokenizer.encode_text(_TEXT)
    return (unit * (length // len(unit) + 1))[:length]
