"""How the cost of a row and the peak memory grow with the number of rows: both should stay flat.

Run as: python benchmarks/growth.py --rows 250 1000 4000 --png docs/growth.png

A model of 2 layers x 128 with random weights, so that thousands of rows take a minute; MLX and torch on the CPU, in
float32, each in a process of its own. A cost a row holds rendering, the schedule and every training step.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from train_speed import LORA, STEP_ROWS, libraries, peak, rows_of

from vibecoder import plugins
from vibecoder.models import NANO
from vibecoder.training.order import make_schedule
from vibecoder.types import SFT, Event, ModelSpec, OptimizerSpec, TrainJob

TOKENS = 4096


class Silent:
    def emit(self, event: Event) -> None: ...

    def should_stop(self) -> None:
        return None


def small_model(folder: Path) -> Path:
    """Write nano's tokenizer with a smaller model of random weights, and return the folder."""
    import shutil

    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    config = json.loads((NANO / "config.json").read_text())
    config |= {"hidden_size": 128, "intermediate_size": 352, "num_hidden_layers": 2, "dtype": "float32"}
    config["layer_types"] = ["full_attention"] * 2
    Qwen2ForCausalLM(Qwen2Config(**config)).save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(NANO / name, folder)
    return folder


def one(backend: str, count: int, model: Path) -> None:
    before = libraries(backend)
    spec = plugins.load().backend(backend)
    opened = spec.open(ModelSpec(str(model), precision="float32"))
    begun = time.perf_counter()
    rows = rows_of("mix", count, None)
    rendered = time.perf_counter()
    schedule = make_schedule(
        rows, rows_per_step=STEP_ROWS, tokens=TOKENS, epochs=1, seed=0, prefix_once=spec.prefix_once
    )
    planned = time.perf_counter()
    optimizer = OptimizerSpec("adamw", np.full(len(schedule), 1e-4), 0.0, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        job = TrainJob("growth", SFT(), schedule, (), LORA, optimizer, 0, Path(folder), "nano", keep="last")
        opened.train(job, Silent())
    done = time.perf_counter()
    parts = {"render": rendered - begun, "schedule": planned - rendered, "train": done - planned}
    each = {name: 1000 * seconds / count for name, seconds in parts.items()}
    print(json.dumps({"backend": backend, "rows": count, "ms_a_row": each, "peak": peak(backend, before)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", nargs="+", type=int, default=[250, 1000, 4000])
    parser.add_argument("--backends", nargs="+", default=["mlx", "cuda"])
    parser.add_argument("--png", type=Path, help="draw the picture here")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(options.one[0], int(options.one[1]), Path(options.one[2]))
        return
    found = []
    print(f"{'backend':8s} {'rows':>6s} {'ms a row':>9s} {'schedule':>9s} {'peak MiB':>9s}")
    with tempfile.TemporaryDirectory() as folder:
        model = small_model(Path(folder))
        for backend in options.backends:
            for count in options.rows:
                command = [sys.executable, __file__, "--one", backend, str(count), str(model)]
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode:
                    raise SystemExit(done.stderr[-2000:])
                result = json.loads(done.stdout.strip().splitlines()[-1])
                each = result["ms_a_row"]
                found.append((backend, count, sum(each.values()), result["peak"] / 2**20))
                print(
                    f"{backend:8s} {count:6d} {found[-1][2]:9.2f} {each['schedule']:9.3f} {found[-1][3]:9.0f}",
                    flush=True,
                )
    if options.png:
        draw(found, options.png)


def draw(found: list[tuple[str, int, float, float]], path: Path) -> None:
    """Draw two lines a backend: milliseconds a row, and peak memory, against the number of rows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3), layout="constrained")
    for at, (title, value) in enumerate((("ms a row", 2), ("peak memory, MiB", 3))):
        axes = figure.add_subplot(1, 2, at + 1)
        for backend in dict.fromkeys(row[0] for row in found):
            points = [(row[1], row[value]) for row in found if row[0] == backend]
            axes.plot(*zip(*points, strict=True), marker="o", label=backend)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("rows")
        axes.set_title(title, fontsize=10)
        axes.legend(frameon=False)
    figure.savefig(path, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
