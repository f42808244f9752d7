"""Achieved FLOP/s of a training step's linear layers against this machine's measured GEMM peak, and a copy's bytes.

Run as: python benchmarks/roofline.py   (`--backend cuda`, `--rows 8 --width 512`)

The peak is the best of several square products in float32 with the same library and threads; CPU seconds are counted.
A step's linear FLOPs are 2 a weight and token forward and 2 backward (frozen weights have no gradient of their own),
the head's only on targets, the adapter's threefold; activation checkpointing is off.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from fit import Shape, config_of, job_of, write_model

from vibecoder import plugins
from vibecoder.memory_model import dimensions_of
from vibecoder.memory_model.dimensions import layer_weights, lora_parameters
from vibecoder.types import Event, ModelSpec, Stepped


class Clock:
    """CPU seconds of each step after the first, which other work on the machine hardly changes."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._last: float | None = None

    def emit(self, event: Event) -> None:
        if isinstance(event, Stepped):
            now = time.process_time()
            if self._last is not None:
                self.seconds.append(now - self._last)
            self._last = now

    def should_stop(self) -> None:
        return None


def products(backend: str) -> tuple[Any, Any]:
    """Return a function that makes two arrays of n x n and one that multiplies them, and waits."""
    if backend == "mlx":
        from vibecoder_mlx.cpu.blas import load_blas

        load_blas()
        import mlx.core as mx

        def arrays(n: int) -> Any:
            pair = mx.random.normal((n, n)), mx.random.normal((n, n))
            mx.eval(pair)
            return pair

        return arrays, lambda pair: mx.eval(pair[0] @ pair[1])
    import torch

    return lambda n: (torch.randn(n, n), torch.randn(n, n)), lambda pair: pair[0] @ pair[1]


def fastest(call: Any, repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        begun = time.process_time()
        call()
        taken.append(time.process_time() - begun)
    return min(taken)


def gemm_peak(backend: str, repeats: int) -> float:
    """Measure the FLOP/s of the best square product."""
    arrays, multiply = products(backend)
    best = 0.0
    for n in (512, 1024, 2048):
        pair = arrays(n)
        best = max(best, 2 * n**3 / fastest(lambda pair=pair: multiply(pair), repeats))
    return best


def copy_rate(repeats: int) -> float:
    """Measure the bytes a second, read and written, of copying 256 MiB."""
    import numpy as np

    source = np.ones(1 << 25)
    target = np.empty_like(source)
    return 2 * source.nbytes / fastest(lambda: np.copyto(target, source), repeats)


def linear_flops(shape: Shape) -> float:
    """Count the FLOPs of the linear layers in one step of two micro-batches."""
    d = dimensions_of(config_of(shape))
    job = job_of(shape, Path())
    tokens = 2 * (shape.rows * shape.width + shape.prefix)
    head = 2 * shape.rows * shape.targets * d.vocabulary * d.hidden
    return 4.0 * (layer_weights(d) * tokens + head) + 6.0 * lora_parameters(d, job.lora) * tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--backend", choices=("mlx", "cuda"), default="mlx")
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--prefix", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    shape = Shape(backend=options.backend, rows=options.rows, width=options.width, prefix=options.prefix, share=0.15)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_model(shape, folder / "model")
        backend = plugins.load().backend(options.backend).open(ModelSpec(str(folder / "model"), precision="float32"))
        peaks, rates = [], []
        for number in range(options.repeats):  # a peak and a step, a peak and a step: the machine's load is on both
            peaks.append(gemm_peak(options.backend, 3))
            clock = Clock()
            backend.train(job_of(shape, folder / f"job-{number}"), clock)
            rates.append(linear_flops(shape) / min(clock.seconds))
        peak, rate = statistics.median(peaks), statistics.median(rates)
        share = statistics.median(r / p for r, p in zip(rates, peaks, strict=True))
    bytes_a_second = copy_rate(5)
    print(f"GEMM peak, float32                {peak / 1e9:8.1f} GFLOP/s")
    print(f"a step's linear layers            {rate / 1e9:8.1f} GFLOP/s over the whole step's time")
    print(f"share of the peak                 {share:8.0%}, median of {options.repeats} pairs")
    print(f"copy                              {bytes_a_second / 1e9:8.1f} GB/s")
    print(f"products are bound by memory below{peak / bytes_a_second:8.1f} FLOP a byte")


if __name__ == "__main__":
    main()
