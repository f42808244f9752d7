"""Predicted against measured peak memory of training, over shapes of models and micro-batches, a process for each.

Run as: python benchmarks/fit.py --out fit.png   (`--only mlx`: some of the cases)

Models have random weights. MLX counts what its allocator holds; torch, which has no such count on a CPU, is asked by
its profiler for every allocation. `Metal's graph` is MLX on this CPU with the functions that it uses on a Mac, `GPU's
graph` is torch with as many logits at once as on a GPU.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from train_speed import STEP_ROWS, rows_of

from vibecoder import plugins
from vibecoder.memory_model import dimensions_of, predict, workloads
from vibecoder.memory_model.logits import LOGITS
from vibecoder.models import NANO
from vibecoder.training.order import make_schedule
from vibecoder.types import (
    SFT,
    Event,
    LoraSpec,
    MemorySetup,
    ModelSpec,
    OptimizerSpec,
    PrefixGroup,
    Rendered,
    Schedule,
    TrainJob,
)

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
LIMIT = 0.15


@dataclass(frozen=True)
class Shape:
    """A model's sizes and one micro-batch; `gpu` builds the graph that a Mac's or NVIDIA's GPU gets.

    With `starter` the micro-batches are those of starter rows, of many widths and prefixes.
    """

    backend: str = "mlx"
    gpu: bool = False
    hidden: int = 256
    layers: int = 4
    heads: int = 4
    kv: int = 2
    ff: int = 704
    vocabulary: int = 4096
    rows: int = 4
    width: int = 256
    prefix: int = 0
    apart: bool = False
    share: float = 0.2
    checkpointing: bool = False
    quantization: str = "none"
    precision: str = "float32"
    rank: int = 16
    starter: bool = False

    @property
    def name(self) -> str:
        where = {"mlx": "Metal's graph", "cuda": "GPU's graph"}[self.backend] if self.gpu else "CPU"
        kind = "" if self.quantization == "none" else f" {self.quantization}"
        model = f"{self.hidden}x{self.layers} ff {self.ff} vocabulary {self.vocabulary}{kind} {self.precision}"
        work = f"{self.rows}x{self.width}" + (f" after {self.prefix}" if self.prefix else "")
        work += " apart" if self.apart else ""
        work = "starter rows" if self.starter else work
        return f"{self.backend:4} {where:13} {model:48} {work:19}{' checkpointing' if self.checkpointing else ''}"

    @property
    def targets(self) -> int:
        return max(1, int(self.share * self.width))


def shapes() -> list[Shape]:
    """Return the cases, of which each changes a few sizes at once, so that no two are a multiple of each other.

    `apart`: both micro-batches of a step have the same prefix, which is computed for itself.
    """
    wide = {"hidden": 512, "heads": 8, "kv": 2, "ff": 1408, "layers": 6}
    large = {"hidden": 768, "heads": 12, "kv": 4, "ff": 2048, "layers": 2, "vocabulary": 8192}
    deep = {"hidden": 128, "heads": 4, "kv": 4, "ff": 384, "layers": 8, "width": 512, "rows": 2}
    group = {"prefix": 256, "width": 128, "rows": 6}
    once = [group | {"apart": True}, {"prefix": 700, "width": 192, "rows": 2, "apart": True}]
    words = {"vocabulary": 32_000, "share": 0.5}
    cases: list[dict[str, object]] = [{}, wide, large, deep, group, words]
    found = [Shape(**case) for case in cases]  # type: ignore[arg-type]
    found += [Shape(gpu=True, **case) for case in cases]  # type: ignore[arg-type]
    found += [Shape(gpu=True, checkpointing=True, **case) for case in (*cases[:3], wide | group, words)]  # type: ignore[arg-type]
    found += [Shape(gpu=gpu, **case) for case in once for gpu in (False, True)]  # type: ignore[arg-type]
    found += [Shape(gpu=True, checkpointing=True, **case) for case in once]  # type: ignore[arg-type]
    half = {"gpu": True, "precision": "bfloat16", "width": 128}
    found += [Shape(**half), Shape(**half, checkpointing=True), Shape(**half, quantization="4bit", layers=2)]  # type: ignore[arg-type]
    found += [Shape(starter=True, apart=True), Shape(gpu=True, starter=True, apart=True)]
    found += [Shape(backend="cuda", **case) for case in cases]  # type: ignore[arg-type]
    found += [Shape(backend="cuda", checkpointing=True, **case) for case in (wide, group)]  # type: ignore[arg-type]
    few = {"backend": "cuda", "gpu": True, "share": 0.001}
    found += [Shape(**few, **case) for case in cases[:5]]  # type: ignore[arg-type]
    return found + [Shape(**few, checkpointing=True, **case) for case in cases[:5]]  # type: ignore[arg-type]


def config_of(shape: Shape) -> dict[str, object]:
    config: dict[str, object] = json.loads((NANO / "config.json").read_text())
    return config | {
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.ff,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv,
        "dtype": "float32",
        "torch_dtype": "float32",
    }


def predicted(shape: Shape) -> int:
    spec = plugins.load().backend(shape.backend)
    assert spec.memory is not None
    device = spec.memory.devices[0] if shape.gpu else "cpu"
    model = ModelSpec("", shape.quantization, shape.precision, shape.checkpointing)
    lora = LoraSpec(shape.rank, 32.0, 0.0, TARGETS)
    setup = MemorySetup(dimensions_of(config_of(shape)), model, lora, "adamw", device)
    return predict(spec.memory, setup, workloads(schedule_of(shape))).total


def write_model(shape: Shape, folder: Path) -> None:
    """Write random weights under the names of Qwen2."""
    from safetensors.numpy import save_file

    rng, h, kv = np.random.default_rng(0), shape.hidden, shape.hidden // shape.heads * shape.kv
    sizes: dict[str, tuple[int, ...]] = {"embed_tokens.weight": (shape.vocabulary, h), "norm.weight": (h,)}
    for layer in range(shape.layers):
        of = f"layers.{layer}"
        sizes |= {f"{of}.input_layernorm.weight": (h,), f"{of}.post_attention_layernorm.weight": (h,)}
        for name, out in (("q", h), ("k", kv), ("v", kv)):
            sizes |= {f"{of}.self_attn.{name}_proj.weight": (out, h), f"{of}.self_attn.{name}_proj.bias": (out,)}
        sizes |= {f"{of}.self_attn.o_proj.weight": (h, h), f"{of}.mlp.down_proj.weight": (h, shape.ff)}
        sizes |= {f"{of}.mlp.{name}_proj.weight": (shape.ff, h) for name in ("gate", "up")}
    folder.mkdir(parents=True)
    tensors = {f"model.{name}": rng.standard_normal(size, np.float32) * 0.02 for name, size in sizes.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config_of(shape)))
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(NANO / name, folder / name)


def schedule_of(shape: Shape) -> Schedule:
    """Return two steps of two micro-batches: the second step has moments, the second micro-batch adds gradients."""
    if shape.starter:
        return starter_schedule(shape)
    rng = np.random.default_rng(1)
    rows = []
    for number in range(4):
        prefix = np.random.default_rng(0 if shape.apart else number).integers(1, shape.vocabulary, shape.prefix)
        for _ in range(shape.rows):
            ids = np.concatenate([prefix, rng.integers(1, shape.vocabulary, shape.width)]).astype(np.int32)
            rows.append(Rendered(ids, np.arange(len(ids)) >= len(ids) - shape.targets))
    groups = [PrefixGroup(tuple(range(i * shape.rows, (i + 1) * shape.rows)), shape.prefix) for i in range(4)]
    return Schedule(rows, (tuple(groups[:2]), tuple(groups[2:])), (shape.width,), "fit", shape.apart)


def starter_schedule(shape: Shape) -> Schedule:
    """Return eight steps of starter rows, as a run has them."""
    rows = rows_of("mix", 8 * STEP_ROWS, None)
    return make_schedule(rows, rows_per_step=STEP_ROWS, tokens=4096, epochs=1, seed=0, prefix_once=shape.apart)


def job_of(shape: Shape, folder: Path) -> TrainJob:
    schedule = schedule_of(shape)
    lora = LoraSpec(shape.rank, 32.0, 0.0, TARGETS)
    optimizer = OptimizerSpec("adamw", np.full(len(schedule), 1e-4), 0.0, 1.0)
    return TrainJob("fit", SFT(), schedule, (), lora, optimizer, 0, folder, "random", keep="last")


class Silence:
    def emit(self, event: Event) -> None:
        pass

    def should_stop(self) -> None:
        return None


def measured(shape: Shape) -> int:
    """Measure the peak bytes of training in this process."""
    if shape.gpu and shape.backend == "mlx":
        platform.machine = lambda: "arm64"  # the backend keeps its functions for x86 to itself then
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_model(shape, folder / "model")
        spec = ModelSpec(
            str(folder / "model"), shape.quantization, shape.precision, shape.checkpointing, folder / "cache"
        )
        backend = plugins.load().backend(shape.backend).open(spec)
        if shape.backend == "mlx":
            backend.train(job_of(shape, folder / "job"), Silence())
            return backend.peak_memory()
        from torch.profiler import ProfilerActivity, profile

        if shape.gpu:
            LOGITS["cpu"] = LOGITS["gpu"]
        held = sum(value.nbytes for value in backend.model.parameters())  # type: ignore[attr-defined]
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
            backend.train(job_of(shape, folder / "job"), Silence())
        now = peak = 0
        for event in profiler.profiler.kineto_results.events():
            if event.name() == "[memory]":
                now += event.nbytes()
                peak = max(peak, now)
        return int(held + peak)


def in_a_process(shape: Shape) -> int:
    command = [sys.executable, __file__, "--one", json.dumps(dataclasses.asdict(shape))]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{shape.name} failed:\n{done.stderr[-2000:]}")
    return int(done.stdout.strip().splitlines()[-1])


def plot(results: list[tuple[Shape, int, int]], path: Path) -> None:
    """Plot predicted against measured bytes, on logarithmic axes, with 15% on either side."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 6), dpi=120)
    kinds = sorted({(shape.backend, shape.gpu) for shape, _, _ in results})
    for backend, gpu in kinds:
        points = [(m / 2**20, p / 2**20) for s, m, p in results if (s.backend, s.gpu) == (backend, gpu)]
        label = f"{backend}, {'GPU' if gpu else 'CPU'} graph"
        axes.scatter(*zip(*points, strict=True), label=label, s=24)
    ends = np.array([min(m for _, m, _ in results) * 0.8, max(m for _, m, _ in results) * 1.25]) / 2**20
    axes.plot(ends, ends, color="black", linewidth=1)
    axes.fill_between(ends, ends * (1 - LIMIT), ends * (1 + LIMIT), color="black", alpha=0.1, label="within 15%")
    axes.set(xscale="log", yscale="log", xlabel="measured peak, MiB", ylabel="predicted, MiB")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--only", help="cases whose name begins so: mlx, cuda")
    parser.add_argument("--out", type=Path, help="write the picture here")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(measured(Shape(**json.loads(options.one))))
        return
    results = []
    for shape in shapes():
        if options.only and not shape.name.startswith(options.only):
            continue
        peak, guess = in_a_process(shape), predicted(shape)
        results.append((shape, peak, guess))
        print(
            f"{shape.name}  {peak / 2**20:7.1f} MiB  predicted {guess / 2**20:7.1f}  {guess / peak - 1:+6.1%}",
            flush=True,
        )
    off = [abs(guess / peak - 1) for _, peak, guess in results]
    print(f"{len(off)} shapes, {sum(x <= LIMIT for x in off)} within {LIMIT:.0%}, worst {max(off):.1%}")
    if options.out:
        plot(results, options.out)


if __name__ == "__main__":
    main()
