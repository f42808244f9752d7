"""Tune nano on replies: conversations with functions in which only what the assistant says carries loss.

Run as: python scripts/nano/tune.py --steps 2800   (after pretrain.py; goes on where it stopped)

Pretraining spends most of its gradient on what nobody can foretell: drawn names, results, requests. Here a batch is
whole documents of about one length from position 0, as in use, and the LM head sees the replies alone. With `--layers`
the model grows deeper first: each new layer stands behind one whose weights it copies, and adds nothing until it
learns.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import multiprocessing as mp
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from corpus import TUNING, documents, library
from pretrain import CONFIG, MUON, THETA, keep_freed_memory, optimizers_of, save, update
from tokenizers import Tokenizer
from transformers import Qwen2Config, Qwen2ForCausalLM

WIDTHS = (256, 384, 512, 640, 768, 1024, 1408, 2048)
TOKENS = 8192
STEPS = 2800
LAYERS = 4
DEPTHS = ("num_hidden_layers", "max_window_layers")  # what `config.json` says of them
RATE = 0.01  # half of pretraining's
IGNORED = -100


def targets(ids: list[int], begin: int, end: int, middle: int) -> list[int]:
    """Return `ids` where they carry loss, else `IGNORED`: a chat's replies, an infill's middle, all of code.

    `begin` and `end` stand around a chat's turns, of which the third is the first reply, `middle` before what fills in.
    """
    starts = [at for at, token in enumerate(ids) if token == begin][2::2]
    if starts:
        kept = [IGNORED] * len(ids)
        for at in starts:
            stop = ids.index(end, at) + 1
            kept[at + 1 : stop] = ids[at + 1 : stop]
        return kept
    first = ids.index(middle) + 1 if middle in ids else 0
    return [IGNORED] * first + ids[first:]


def feed(tokenizer_path: str, seed: int, held_out: bool, queue: mp.Queue) -> None:
    """Put endless batches (ids, targets), int64 [rows, width + 1], that fill `WIDTHS` alike into the queue."""
    tokenizer = Tokenizer.from_file(tokenizer_path)
    begin, end, middle = map(tokenizer.token_to_id, ("<|im_start|>", "<|im_end|>", "<|fim_middle|>"))
    stream = documents(library(held_out), seed, mix=lambda: TUNING)
    waiting: dict[int, list[list[int]]] = defaultdict(list)
    while True:
        for encoding in tokenizer.encode_batch(list(itertools.islice(stream, 64)), add_special_tokens=False):
            width = next((w for w in WIDTHS if len(encoding.ids) <= w + 1), 0)
            if width:
                waiting[width].append(encoding.ids)
                if len(waiting[width]) == TOKENS // width:
                    queue.put(batch(waiting.pop(width), width + 1, (begin, end, middle)))


def batch(rows: list[list[int]], width: int, marks: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    ids = np.zeros((len(rows), width), np.int64)
    wanted = np.full((len(rows), width), IGNORED, np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        wanted[at, : len(row)] = targets(row, *marks)
    return ids, wanted


def batches(queue: mp.Queue) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    while True:
        ids, wanted = queue.get()
        yield torch.from_numpy(ids), torch.from_numpy(wanted)


def grow(weights: dict[str, torch.Tensor], layers: int) -> tuple[dict[str, torch.Tensor], bool]:
    """Return the weights of a model of `layers` layers that computes the same, and whether it had fewer before.

    The new layers stand in the middle, each behind the one it copies, their output projections zero.
    """
    before = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("model.layers."))
    new = layers - before
    if new <= 0:
        return weights, False
    first = (before - new) // 2
    if first < 0:
        raise SystemExit(f"--layers {layers}: {before} layers can be doubled at most")
    order = []  # of the new model's layers: which one it copies, and whether as its silent double
    for at in range(before):
        order.append((at, False))
        if first <= at < first + new:
            order.append((at, True))
    found = {name: weight for name, weight in weights.items() if not name.startswith("model.layers.")}
    for to, (at, copied) in enumerate(order):
        prefix = f"model.layers.{at}."
        for name, weight in weights.items():
            if name.startswith(prefix):
                silent = copied and name.endswith(("o_proj.weight", "down_proj.weight"))
                found[f"model.layers.{to}.{name.removeprefix(prefix)}"] = torch.zeros_like(weight) if silent else weight
    return found, True


def main() -> None:
    keep_freed_memory()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=STEPS, help="optimizer steps in all, restarts included")
    parser.add_argument(
        "--work", type=Path, default=Path("runs/nano"), help="pretrain.py's state and this script's own"
    )
    parser.add_argument("--out", type=Path, default=Path("vibecoder/nano"), help="where the finished model goes")
    parser.add_argument("--layers", type=int, default=LAYERS, help="grow to so many, at the first step that has fewer")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    tuned = options.work / "tuned.pt"
    resumed = tuned.exists()
    state = torch.load(tuned if resumed else options.work / "state.pt", weights_only=True)
    weights, grown = grow(state["model"], options.layers)
    shape = CONFIG | {"num_hidden_layers": options.layers}
    model = Qwen2ForCausalLM(Qwen2Config(**shape, rope_parameters={"rope_type": "default", "rope_theta": THETA}))
    model.load_state_dict(weights)
    optimizers = optimizers_of(model)
    bases = [g["lr"] * RATE / MUON for o in optimizers for g in o.param_groups]  # a loaded state holds lowered ones
    spent, step, tokens, curve = 0.0, 0, 0, []
    if resumed:
        spent, step, tokens, curve = (state[key] for key in ("spent", "step", "tokens", "curve"))
        if not grown:
            for o, s in zip(optimizers, state["optimizers"], strict=True):
                o.load_state_dict(s)
    if grown:
        config, deeper = options.out / "config.json", dict.fromkeys(DEPTHS, options.layers)
        config.write_text(json.dumps(json.loads(config.read_text()) | deeper, indent=2) + "\n")
    begun_at = step if grown else state.get("begun_at", 0)

    context = mp.get_context("spawn")
    queue, held = context.Queue(16), context.Queue(4)
    path = str(options.out / "tokenizer.json")
    for seed, held_out, q in ((1000 + step, False, queue), (3, True, held)):
        context.Process(target=feed, args=(path, seed, held_out, q), daemon=True).start()
    stream = batches(held)
    validation = [next(stream) for _ in range(4)]
    torch._dynamo.config.recompile_limit = 2 * len(WIDTHS)  # each width, with gradients and without
    body = torch.compile(lambda ids: model.model(input_ids=ids, use_cache=False).last_hidden_state, dynamic=False)

    def loss_of(ids: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        hidden = body(ids[:, :-1])
        carries = wanted[:, 1:] != IGNORED
        logits = model.lm_head(hidden[carries]).float()
        return torch.nn.functional.cross_entropy(logits, wanted[:, 1:][carries])

    def keep() -> None:
        save(
            tuned, options.out, model, optimizers, spent=spent, step=step, tokens=tokens, curve=curve, begun_at=begun_at
        )

    for ids, wanted in batches(queue):
        if step >= options.steps:
            break
        begun = time.time()
        scale = min(1.0, (step - begun_at + 1) / 50, max(0.02, (1 - step / options.steps) / 0.7))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = loss_of(ids, wanted)
        update(loss, optimizers, [base * scale for base in bases], model.parameters())
        if not math.isfinite(loss.item()):
            raise SystemExit(f"loss became {loss.item()} at step {step}")
        step, tokens, spent = step + 1, tokens + ids.numel(), spent + time.time() - begun
        if step % 25 == 0:
            point = {"step": step, "tokens": tokens, "minutes": round(spent / 60, 2), "loss": round(loss.item(), 4)}
            if step % 100 == 0:
                with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
                    point["held_out"] = round(sum(loss_of(*pair).item() for pair in validation) / len(validation), 4)
                keep()
            curve.append(point)
            print(json.dumps(point), f"{tokens / spent:.0f} tok/s", flush=True)
    keep()


if __name__ == "__main__":
    main()
