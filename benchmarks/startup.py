"""How long `vibecoder --help` takes, in a fresh process each time.

Run as: python benchmarks/startup.py [RUNS]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    times = {
        name: sorted(_milliseconds(command) for _ in range(runs))
        for name, command in {
            "vibecoder --help": [sys.executable, "-m", "vibecoder", "--help"],
            "python -c pass": [sys.executable, "-c", "pass"],
        }.items()
    }
    for name, taken in times.items():
        print(f"{name:18} median {statistics.median(taken):.0f} ms, fastest {taken[0]:.0f} ms of {runs} runs")


def _milliseconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
