"""Rows a second of `vibecoder data generate` on two trees, A B A B, and whether they make the same bytes.

Run as: python benchmarks/generation_speed.py OTHER_TREE [--count 200] [--pairs 2] [--workers 2]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
ROOTS = (".", "backends", "stages", "datasets_gen", "services")


def generated(tree: Path, count: int, workers: int) -> tuple[float, str]:
    """Generate `count` rows of all categories in an empty folder; return the seconds taken and a hash of the rows."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(tree / root) for root in ROOTS)}
        command = [sys.executable, "-m", "vibecoder", "data", "generate", "all", "--seed", "0"]
        begun = time.perf_counter()
        subprocess.run(
            [*command, "--count", str(count), "--workers", str(workers)],
            cwd=folder,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        seconds = time.perf_counter() - begun
        return seconds, hashlib.sha256((Path(folder) / "dataset.jsonl").read_bytes()).hexdigest()[:16]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="the tree to compare with, of an earlier commit")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    times: dict[Path, list[float]] = {given.other.resolve(): [], HERE: []}
    hashes = set()
    for _ in range(given.pairs):
        for tree, found in times.items():
            seconds, digest = generated(tree, given.count, given.workers)
            found.append(seconds)
            hashes.add(digest)
            print(
                f"{tree}: {given.count} rows in {seconds:.0f} s, {given.count / seconds:.2f} rows/s, {digest}",
                flush=True,
            )
    before, after = (statistics.median(found) for found in times.values())
    print(f"{before / after:.2f} times as fast; {'the same bytes' if len(hashes) == 1 else 'OTHER BYTES'}")


if __name__ == "__main__":
    main()
