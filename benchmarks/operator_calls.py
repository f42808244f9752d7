"""Count what one optimizer step of the CUDA backend asks of torch: operator calls, and reads that wait for the device.

Run as: python benchmarks/operator_calls.py --rows 16 --steps 2 [--by-name 20] [--replies 16]

On a GPU each call of an operator that computes is a kernel to launch; a small model is bound by their number. So it is
counted on the CPU, where no noise touches it, on a model with SmolLM2-135M's layers, narrower by `--narrow`: widths do
not change the number of calls. Views launch nothing and are not counted. Bytes to the host are those of `.cpu()`,
`.numpy()`, `.item()` and of the counts that boolean masks wait for. `--replies N` counts a generation instead.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils._python_dispatch import TorchDispatchMode

from vibecoder import plugins
from vibecoder.dataset.generating import generated_records
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.training.order import make_schedule
from vibecoder.types import SFT, Event, LoraSpec, ModelSpec, OptimizerSpec, Rendered, Stepped, TrainJob
from vibecoder_datasets import STARTER

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
SMOLLM2 = {
    "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30, "num_attention_heads": 9,
    "num_key_value_heads": 3, "vocab_size": 49_152, "max_position_embeddings": 8192, "tie_word_embeddings": True,
}  # fmt: skip
FREE = {
    "detach", "alias", "lift_fresh", "is_same_size", "empty", "empty_like", "empty_strided", "new_empty",
    "new_empty_strided", "_local_scalar_dense", "_reshape_alias", "_unsafe_view", "resize_", "set_",
}  # fmt: skip
"""Operators that neither compute nor copy, besides the views that torch knows as such."""
WAITING = {"_local_scalar_dense", "nonzero"}


class Calls(TorchDispatchMode):
    """Counts of the operators called inside the `with` block, backward passes included."""

    def __init__(self) -> None:
        super().__init__()
        self.by_name: Counter[str] = Counter()
        self.waits = self.bytes = 0
        self.updating = False  # inside the optimizer, whose counts of steps lie on the host anyway
        register_optimizer_step_pre_hook(lambda *_: setattr(self, "updating", True))
        register_optimizer_step_post_hook(lambda *_: setattr(self, "updating", False))

    def __torch_dispatch__(self, operator: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = operator._schema.name.removeprefix("aten::")
        out = operator(*args, **(kwargs or {}))
        if name in WAITING and not self.updating:
            self.waits += 1
            self.bytes += 8
        elif name == "index" and any(getattr(each, "dtype", None) == torch.bool for each in args[1]):
            self.waits += 1  # it counts the mask first
            self.bytes += 8
        if not operator.is_view and name not in FREE:
            self.by_name[name] += 1
        return out

    @contextmanager
    def reads(self) -> Iterator[None]:
        """Count copies to the host as well, which do not exist on a CPU."""
        kept = torch.Tensor.cpu, torch.Tensor.tolist

        def counted(read: Any) -> Any:
            def reading(tensor: torch.Tensor, *args: Any, **options: Any) -> Any:
                self.waits += 1
                self.bytes += tensor.nbytes
                return read(tensor, *args, **options)

            return reading

        torch.Tensor.cpu, torch.Tensor.tolist = map(counted, kept)  # type: ignore[method-assign]
        try:
            yield
        finally:
            torch.Tensor.cpu, torch.Tensor.tolist = kept  # type: ignore[method-assign]


class Steps:
    """Reads the counters at the end of each step."""

    def __init__(self, calls: Calls) -> None:
        self.calls, self.at = calls, [(Counter[str](), 0, 0)]

    def emit(self, event: Event) -> None:
        if isinstance(event, Stepped):
            self.at.append((self.calls.by_name.copy(), self.calls.waits, self.calls.bytes))

    def should_stop(self) -> None:
        return None


def model_in(folder: Path, narrow: int) -> Path:
    """Write a model of SmolLM2's layers with random weights and nano's tokenizer."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    widths = {name: SMOLLM2[name] // narrow for name in ("hidden_size", "intermediate_size")}
    config = LlamaConfig(**{**SMOLLM2, **widths}, bos_token_id=None, eos_token_id=4087, pad_token_id=4085)
    LlamaForCausalLM(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        shutil.copy(NANO / name, folder)
    return folder


def tool_rows(count: int) -> list[Rendered]:
    tokenizer = ChatTokenizer.load(NANO)
    records = [each for each in list(generated_records(STARTER)) if each.category in ("tool-use", "powertools")]
    rendered = (render(records[i], tokenizer) for i in np.random.default_rng(0).permutation(len(records)))
    return [row for row in rendered if row.supervised and len(row) <= 2048][:count]


def train(
    model: Path, rows: list[Rendered], per_step: int, tokens: int, folder: Path, precision: str
) -> dict[str, Any]:
    """Train some steps and return what the last one cost."""
    spec = plugins.load().backend("cuda")
    backend = spec.open(ModelSpec(str(model), precision=precision))
    lora = LoraSpec(16, 32.0, 0.0, TARGETS)
    schedule = make_schedule(
        rows, rows_per_step=per_step, tokens=tokens, epochs=1, seed=0, prefix_once=spec.prefix_once
    )
    optimizer = OptimizerSpec("adamw", np.full(len(schedule), 1e-4), 0.0, 1.0)
    job = TrainJob("calls", SFT(), schedule, (), lora, optimizer, 0, folder, "nano", keep="last")
    calls = Calls()
    steps = Steps(calls)
    with calls.reads(), calls:
        backend.train(job, steps)
    (before, waits, sent), (after, waits_then, sent_then) = steps.at[-2:]
    micro, done = len(schedule.steps[-1]), len(schedule.step_rows(len(schedule) - 1))
    return figures(after - before, waits_then - waits, sent_then - sent, done) | {"micro_batches": micro}


def figures(counts: Counter[str], waits: int, sent: int, rows: int) -> dict[str, Any]:
    return {"calls": counts.total(), "per_row": round(counts.total() / rows, 1), "rows": rows, "waits": waits,
            "bytes_to_host": sent, "by_name": counts}  # fmt: skip


def reply(model: Path, rows: list[Rendered], new: int) -> dict[str, Any]:
    """Generate `new` tokens for the beginnings of rows and return what that cost."""
    backend = plugins.load().backend("cuda").open(ModelSpec(str(model), precision="float32"))
    prompts = [row.ids[: int(row.loss_mask.argmax())].tolist() for row in rows]
    calls = Calls()
    with calls.reads(), calls:
        backend.generate(prompts, None, new, ())
    return figures(calls.by_name, calls.waits, calls.bytes, len(rows))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=16, help="rows a step")
    options.add_argument("--steps", type=int, default=2)
    options.add_argument("--tokens", type=int, default=8192, help="computed at once")
    options.add_argument("--narrow", type=int, default=8, help="divide the widths by it")
    options.add_argument("--precision", default="float32")
    options.add_argument("--replies", type=int, default=0, help="count a generation of so many replies")
    options.add_argument("--by-name", type=int, default=0, help="list so many operators")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        model = model_in(Path(scratch) / "model", given.narrow)
        if given.replies:
            found = reply(model, tool_rows(given.replies), 24)
        else:
            rows = tool_rows(given.rows * given.steps)
            found = train(model, rows, given.rows, given.tokens, Path(scratch) / "out", given.precision)
    names = found.pop("by_name")
    print(json.dumps(found))
    for name, count in names.most_common(given.by_name):
        print(f"{count:8} {name}")


if __name__ == "__main__":
    main()
