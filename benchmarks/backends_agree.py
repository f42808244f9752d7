"""Train the same run on both backends in float32 without dropout and print how far losses and adapters lie apart.

Run as: python benchmarks/backends_agree.py --steps 20   (0: whole stages)
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from vibecoder.adapters.folder import read_adapter

BACKENDS = ("mlx", "cuda")
SETTINGS = ("lora.dropout=0", "model.precision=float32", "evaluate.prompts=0", "train.keep=last", "data.held_out=0.02")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=20, help="optimizer steps a stage; 0 for all")
    parser.add_argument("--data", default="dataset.jsonl", help="the dataset; the starter rows where it does not exist")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = [train(backend, Path(folder), options) for backend in BACKENDS]
        compare(*runs)


def train(backend: str, folder: Path, options: argparse.Namespace) -> Path:
    sets = [part for item in (*SETTINGS, f"train.max_steps={options.steps}") for part in ("--set", item)]
    command = [sys.executable, "-m", "vibecoder", "train", "--backend", backend, "--profile", "cpu-nano"]
    command += ["--data", options.data, "--output", str(folder), "--name", backend, *sets]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / backend


def compare(mlx: Path, cuda: Path) -> None:
    one, other = (losses(run) for run in (mlx, cuda))
    assert one.keys() == other.keys()
    print(f"{'stage':12s} {'steps':>5s} {'largest difference of a step loss':>36s}")
    for stage in dict.fromkeys(stage for stage, _ in one):
        steps = [key for key in one if key[0] == stage]
        print(f"{stage:12s} {len(steps):5d} {max(abs(one[key] - other[key]) for key in steps):36.2e}")
    weights = [read_adapter(run / "adapter").weights for run in (mlx, cuda)]
    pairs = ((a, b) for layer in weights[0] for a, b in zip(weights[0][layer], weights[1][layer], strict=True))
    print(f"largest difference of an adapter weight: {max(float(np.abs(a - b).max()) for a, b in pairs):.2e}")


def losses(run: Path) -> dict[tuple[str, int], float]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return {(line["stage"], line["step"]): line["loss"] for line in lines if line["type"] == "step"}


if __name__ == "__main__":
    main()
