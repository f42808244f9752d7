"""Measure what denormals cost MLX's CPU build in training: processor seconds a row, left alone and flushed, A B A B.

Run as: python benchmarks/denormals.py [--rows 48] [--repeats 2]   (the embedded nano, rows with tools; no GPU)
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KINDS = ("left alone", "flushed")


def one(kind: str, rows: int) -> float:
    """Train on `rows` rows; return the processor's seconds for each."""
    from vibecoder_mlx.cpu.blas import load_blas

    load_blas()
    if kind == "left alone":  # a worker that has begun keeps the setting it began with
        import mlx.core as mx

        mx.eval(mx.zeros(1, stream=mx.cpu) + 1)
    from train_speed import TOKENS, ours, rows_of

    from vibecoder.models import NANO

    chosen = rows_of("tools", rows, None)
    before = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        ours("mlx", NANO, chosen, TOKENS, Path(folder))
    return (time.process_time() - before) / rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=48)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--kind", choices=KINDS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.kind:
        print(one(given.kind, given.rows))
        return
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(given.repeats):
        for kind in KINDS:
            command = [sys.executable, __file__, "--kind", kind, "--rows", str(given.rows)]
            seconds[kind].append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
            print(f"{kind:12}{seconds[kind][-1]:8.3f} s of the processor a row", flush=True)
    alone, flushed = (statistics.median(seconds[kind]) for kind in KINDS)
    print(f"{alone / flushed:.2f} times as fast")


if __name__ == "__main__":
    main()
