"""Rows a second and peak memory of both backends against mlx-lm's own trainer and TRL's, A B A B, each in a process.

Run as: python benchmarks/train_speed.py --rows 48 --repeats 2 --png docs/train-speed.png
(`--cases tools`, `--vocabulary 4096`: only a part; benchmarks/growth.py: from 250 to 4,000 rows)

All read the same rows, already rendered, with the same LoRA and AdamW, in float32 on the CPU. The peers are set up as
their documentation does it: batches of 4 padded rows, full logits (TRL: its fused loss). mlx-lm gets the same BLAS.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from vibecoder.dataset.generating import generated_records
from vibecoder.dataset.store import Dataset
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.training.order import make_schedule
from vibecoder.types import SFT, Event, LoraSpec, ModelSpec, OptimizerSpec, Rendered, Stepped, TrainJob
from vibecoder_datasets import STARTER

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
LORA = LoraSpec(16, 32.0, 0.0, TARGETS)
PAIRS = (("vibecoder mlx", "mlx-lm"), ("vibecoder cuda", "TRL"))
BATCH, STEP_ROWS, TOKENS = 4, 24, 1536


def rows_of(case: str, count: int, data: Path | None) -> list[Rendered]:
    """Draw `count` rows of `tools`, which offer tools, of `apart`, the same without system turn, or of `mix`, all."""
    tokenizer = ChatTokenizer.load(NANO)
    records = Dataset(data).read().records if data else list(generated_records(STARTER))
    if case != "mix":
        records = [record for record in records if record.category in ("tool-use", "powertools")]
    rendered = [render(record, tokenizer) for record in records]
    rows = [row for row in rendered if row.supervised and len(row) <= 2048]
    if case == "apart":
        rows = [_without_system(row, tokenizer) for row in rows]
    order = np.random.default_rng(0).permutation(len(rows))
    return [rows[order[i % len(rows)]] for i in range(count)]


def _without_system(row: Rendered, tokenizer: ChatTokenizer) -> Rendered:
    end = int(np.flatnonzero(row.ids == tokenizer.stop_ids[0])[0]) + 2
    return Rendered(row.ids[end:], row.loss_mask[end:])


class Clock:
    """Steps of a run after the first, which compiles and allocates."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def emit(self, event: Event) -> None:
        if isinstance(event, Stepped):
            self.seconds.append(event.seconds)

    def should_stop(self) -> None:
        return None


def ours(backend: str, model: Path, rows: list[Rendered], tokens: int, folder: Path) -> float:
    """Measure the seconds a row of the steps after the first."""
    from vibecoder import plugins

    spec = plugins.load().backend(backend)
    opened = spec.open(ModelSpec(str(model), precision="float32"))
    schedule = make_schedule(
        rows, rows_per_step=STEP_ROWS, tokens=tokens, epochs=1, seed=0, prefix_once=spec.prefix_once
    )
    rates = np.full(len(schedule), 1e-4)
    optimizer = OptimizerSpec("adamw", rates, 0.0, 0.0)
    job = TrainJob("speed", SFT(), schedule, (), LORA, optimizer, 0, folder, "nano", keep="last")
    clock = Clock()
    opened.train(job, clock)
    done = sum(len(schedule.step_rows(step)) for step in range(1, len(schedule)))
    return sum(clock.seconds[1:]) / done


def mlx_lm(model: Path, rows: list[Rendered], folder: Path) -> float:
    """Measure mlx-lm's `train` with its own batching and loss, prompts masked as `--mask-prompt` does."""
    from vibecoder_mlx.cpu.blas import load_blas
    from vibecoder_mlx.cpu.denormals import flush_denormals

    load_blas()
    flush_denormals()
    import mlx.optimizers as optim
    from mlx_lm.tuner.callbacks import TrainingCallback
    from mlx_lm.tuner.trainer import TrainingArgs, train
    from mlx_lm.tuner.utils import linear_to_lora_layers
    from mlx_lm.utils import load_model

    net, _ = load_model(model)
    net.freeze()
    net.set_dtype(__import__("mlx.core").core.float32)
    keys = [f"self_attn.{name}" for name in TARGETS[:4]] + [f"mlp.{name}" for name in TARGETS[4:]]
    linear_to_lora_layers(net, -1, {"rank": LORA.rank, "scale": LORA.scale, "dropout": 0.0, "keys": keys})
    seconds: list[float] = []

    class Reports(TrainingCallback):
        def on_train_loss_report(self, info: dict[str, Any]) -> None:
            seconds.append(1 / info["iterations_per_second"])

    class Pairs(list):  # type: ignore[type-arg]
        def itemlen(self, index: int) -> int:
            return len(self[index][0])

    pairs = Pairs((row.ids.tolist(), int(row.loss_mask.argmax())) for row in rows)
    arguments = TrainingArgs(
        batch_size=BATCH, iters=len(rows) // BATCH, val_batches=1, steps_per_report=1, steps_per_eval=10**9,
        steps_per_save=10**9, max_seq_length=2048, adapter_file=str(folder / "adapters.safetensors"),
    )  # fmt: skip
    train(
        net,
        optim.AdamW(1e-4, bias_correction=True),
        pairs,
        Pairs(pairs[:BATCH]),
        arguments,
        training_callback=Reports(),
    )
    return statistics.fmean(seconds[1:]) / BATCH


def trl(model: Path, rows: list[Rendered], folder: Path) -> float:
    """Measure TRL's `SFTTrainer` on tokenized rows with labels, its own collator and sampler."""
    import torch
    from datasets import Dataset as Rows
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    torch.manual_seed(0)
    begun: list[float] = []

    class Steps(TrainerCallback):  # type: ignore[misc]
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            begun.append(time.perf_counter())

        def on_train_end(self, *_: Any, **__: Any) -> None:
            begun.append(time.perf_counter())

    columns = {
        "input_ids": [row.ids.tolist() for row in rows],
        "labels": [np.where(row.loss_mask, row.ids, -100).tolist() for row in rows],
    }
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32),
        args=SFTConfig(
            output_dir=str(folder), per_device_train_batch_size=BATCH, num_train_epochs=1, max_length=2048,
            report_to="none", save_strategy="no", logging_strategy="no", disable_tqdm=True, use_cpu=True, bf16=False,
            learning_rate=1e-4, activation_checkpointing=False,
        ),
        train_dataset=Rows.from_dict(columns),
        processing_class=AutoTokenizer.from_pretrained(model),
        peft_config=LoraConfig(r=LORA.rank, lora_alpha=LORA.alpha, target_modules=list(TARGETS)),
        callbacks=[Steps()],
    )  # fmt: skip
    trainer._send_telemetry = lambda: None
    trainer.train()
    return (begun[-1] - begun[1]) / ((len(begun) - 2) * BATCH)


def libraries(backend: str) -> int:
    """Return the bytes this process holds with all that torch trains with; 0 for MLX, which counts by itself."""
    if backend == "mlx":
        return 0
    import psutil
    import trl.trainer.sft_trainer  # noqa: F401

    import vibecoder_cuda.backend  # noqa: F401

    return int(psutil.Process().memory_info().rss)


def peak(backend: str, before: int) -> int:
    """Return MLX's peak bytes; for torch, which has no such count on a CPU, what the process grew by."""
    if backend == "mlx":
        import mlx.core as mx

        return int(mx.get_peak_memory())
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return int(most - before)


def model_with(vocabulary: int, folder: Path) -> Path:
    """Return nano, or write its shape with random weights and a larger vocabulary."""
    if vocabulary == 4096:
        return NANO
    import shutil

    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    target = folder / f"vocabulary-{vocabulary}"
    if not target.exists():
        torch.manual_seed(0)
        config = json.loads((NANO / "config.json").read_text()) | {"vocab_size": vocabulary, "dtype": "float32"}
        Qwen2ForCausalLM(Qwen2Config(**config)).save_pretrained(target)
        (target / "config.json").write_text(json.dumps(config))
        for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
            shutil.copy(NANO / name, target)
    return target


def measure(trainer: str, case: str, vocabulary: int, options: argparse.Namespace, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--trainer", trainer, "--cases", case, "--vocabulary", str(vocabulary)]
    command += [
        "--rows",
        str(options.rows),
        *(["--data", str(options.data)] if options.data else []),
        "--models",
        str(folder),
    ]
    command += ["--tokens", str(options.tokens)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{trainer} failed:\n{done.stderr[-2000:]}")
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def one(trainer: str, case: str, vocabulary: int, options: argparse.Namespace) -> None:
    rows = rows_of(case, options.rows, options.data)
    model = model_with(vocabulary, options.models)
    backend = "cuda" if trainer in PAIRS[1] else "mlx"
    before = libraries(backend)
    with tempfile.TemporaryDirectory() as folder:
        if trainer.startswith("vibecoder"):
            seconds = ours(backend, model, rows, options.tokens, Path(folder))
        else:
            seconds = (mlx_lm if trainer == "mlx-lm" else trl)(model, rows, Path(folder))
    print(json.dumps({"rows_a_second": 1 / seconds, "peak": peak(backend, before)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=96)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--cases", nargs="+", choices=("tools", "apart", "mix"), default=["tools", "apart", "mix"])
    parser.add_argument("--vocabulary", nargs="+", type=int, default=[4096, 151_936])
    parser.add_argument("--peers", nargs="+", choices=("mlx-lm", "TRL"), default=["mlx-lm", "TRL"])
    parser.add_argument("--data", type=Path, help="the dataset [the starter rows]")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="what a micro-batch of ours may hold")
    parser.add_argument("--out", type=Path, help="write the table's figures here as JSON")
    parser.add_argument("--png", type=Path, help="draw the table here")
    parser.add_argument("--trainer", help=argparse.SUPPRESS)
    parser.add_argument("--models", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.trainer:
        one(options.trainer, options.cases[0], options.vocabulary[0], options)
        return
    results = []
    print(
        f"{'case':6s} {'vocabulary':>10s}  {'A against B':28s} {'rows/s A':>9s} {'B':>7s} {'faster':>7s} {'memory':>7s}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for case in options.cases:
            for vocabulary in options.vocabulary:
                model_with(vocabulary, Path(folder))
                for pair in (pair for pair in PAIRS if pair[1] in options.peers):
                    runs = [
                        [measure(t, case, vocabulary, options, Path(folder)) for t in pair]
                        for _ in range(options.repeats)
                    ]
                    a, b = (statistics.median(run[i]["rows_a_second"] for run in runs) for i in (0, 1))
                    memory = statistics.median(run[0]["peak"] / run[1]["peak"] for run in runs)
                    names = " against ".join(pair)
                    print(
                        f"{case:6s} {vocabulary:10d}  {names:28s} {a:9.2f} {b:7.2f} {a / b:6.2f}x {memory:6.2f}x",
                        flush=True,
                    )
                    results.append(
                        {"case": case, "vocabulary": vocabulary, "pair": pair, "a": a, "b": b, "memory": memory}
                    )
    if options.out:
        options.out.write_text(json.dumps(results, indent=1) + "\n")
    if options.png:
        draw(results, options.png)


def draw(results: list[dict[str, Any]], path: Path) -> None:
    """Draw how many times as fast, and with what part of the memory, a bar for each case and peer."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 0.4 * len(results) + 1.2), layout="constrained")
    names = [f"{found['case']}, {found['vocabulary']:,} against {found['pair'][1]}" for found in results]
    panels = (("rows a second, times the peer's", [f["a"] / f["b"] for f in results]),
              ("peak memory, part of the peer's", [f["memory"] for f in results]))  # fmt: skip
    for at, (title, values) in enumerate(panels):
        axes = figure.add_subplot(1, 2, at + 1)
        bars = axes.barh(names, values, color="#4477aa")
        axes.bar_label(bars, [f"{value:.2f}" for value in values], padding=3, fontsize=8)
        axes.axvline(1, color="grey", linewidth=1)
        axes.invert_yaxis()
        axes.set_title(title, fontsize=10)
        axes.tick_params(labelsize=8, labelleft=not at)
    figure.savefig(path, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
