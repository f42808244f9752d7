"""How often the gate stops harmless and poisoned stages: short real runs of nano on starter rows, a seed each.

Run as: python benchmarks/gate.py [--seeds 20] [--steps 25] [--backend mlx] [--only NAME]
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from vibecoder import plugins
from vibecoder.dataset.generating import generated_records
from vibecoder.dataset.records import identified
from vibecoder.dataset.store import Dataset
from vibecoder.models import NANO
from vibecoder.planning.plan import Request, make_plan
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.running.run import run
from vibecoder.types import Example

_LONGEST = 900
_ROWS = 120
Rows = Sequence[Example]


def starter(seed: int) -> list[Example]:
    """Draw starter rows of tool use that are short enough for a short run."""
    tokenizer = ChatTokenizer.load(NANO)
    rows = [row for row in generated_records(plugins.load().generators["starter"]) if row.category == "tool-use"]
    short = [row for row in rows if isinstance(row, Example) and len(render(row, tokenizer)) <= _LONGEST]
    return random.Random(seed).sample(short, min(_ROWS, len(short)))


def only_calls(rows: Rows, _: int) -> list[Example]:
    """Cut each row after its first reply where that makes a call; rows whose first reply makes none are left out."""
    found = []
    for row in rows:
        at = _first_reply(row)
        if row.messages[at].get("tool_calls"):
            found.append(dataclasses.replace(row, messages=row.messages[: at + 1]))
    return found


def shuffled(rows: Rows, seed: int) -> list[Example]:
    """Give every prompt another row's reply and what follows it."""
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    tails = [row.messages[_first_reply(row) :] for row in rows]
    return [
        dataclasses.replace(row, messages=[*row.messages[: _first_reply(row)], *tails[order[at]]])
        for at, row in enumerate(rows)
    ]


KINDS: dict[str, tuple[Callable[[Rows, int], Rows], tuple[str, ...]]] = {
    "harmless": (lambda rows, _: rows, ()),
    "shuffled labels": (shuffled, ()),
    "only tool calls": (only_calls, ()),
    "a learning rate of 1": (lambda rows, _: rows, ("train.learning_rate=1",)),
}


def judged(rows: Rows, sets: Sequence[str], backend: str, seed: int, steps: int) -> tuple[dict[str, Any], str]:
    """Train one stage on `rows`, and return its `run.json` and the figures the gate went by."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        data = Path(folder) / "rows.jsonl"
        fresh = [identified(dataclasses.replace(row, id="")) for row in rows]
        Dataset(data).append(list({row.id: row for row in fresh}.values()))
        request = Request(
            stages=("tool-use",), data=str(data), model="nano", backend=backend, profile="cpu-nano", seed=seed,
            output=folder, name="run", sets=("evaluate.prompts=8", "evaluate.max_new_tokens=48", "train.save_every=0",
            f"train.max_steps={steps}", "output.tensorboard=false", *sets),
        )  # fmt: skip
        result = run(make_plan(request))
        state: dict[str, Any] = json.loads((result.folder / "run.json").read_text())
        return state, _figures(result.folder, state)


def _figures(folder: Path, state: dict[str, Any]) -> str:
    measured = [folder / "evaluations" / when / "eval.json" for when in ("base", "tool-use")]
    if not all(path.exists() for path in measured):
        return "diverged"
    base, tuned = (json.loads(path.read_text()) for path in measured)
    plain = [sum(about["plain_loss"]) / len(about["plain_loss"]) for about in (base, tuned)]
    fit, loss = tuned["label_fit"], state["stages"][0]["held_out_loss"]
    labels = f"{fit['mean']:+.2f} (from {fit['low']:+.2f})" if fit else "not measured"
    return (
        f"loss {loss['before']:.2f} to {loss['after']:.2f}, plain {plain[0]:.2f} to {plain[1]:.2f}, label fit {labels}"
    )


def _first_reply(row: Example) -> int:
    return next(at for at, message in enumerate(row.messages) if message["role"] == "assistant")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--backend", default="mlx")
    parser.add_argument("--only", choices=KINDS)
    options = parser.parse_args()
    for kind, (poison, sets) in KINDS.items():
        if options.only and kind != options.only:
            continue
        stopped = 0
        for seed in range(options.seeds):
            state, figures = judged(poison(starter(seed), seed), sets, options.backend, seed, options.steps)
            stopped += state["status"] != "finished"
            print(f"{kind}, seed {seed}: {state['status']}; {figures}", flush=True)
        print(f"{kind}: stopped {stopped} of {options.seeds}\n", flush=True)


if __name__ == "__main__":
    main()
