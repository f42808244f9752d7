"""Rebuild the embedded base model `nano`: tokenizer, then pretraining, then fp16 weights in `vibecoder/nano/`.

Run as: python scripts/nano/pretrain.py --minutes 222  (goes on where it stopped; needs the cuda extra)

A Qwen2 of 4 layers x 256 (4.0M parameters). Matrices are trained with Muon, embeddings and norms with AdamW, under a
warm-up / constant / linear-decay schedule driven by elapsed training time; sequence length grows 512 -> 1024 -> 2048.
The forward pass is compiled and autocast to bfloat16, which pays on CPUs that have it. On Linux the script starts
itself anew with glibc's MALLOC_MMAP_THRESHOLD_ and MALLOC_TRIM_THRESHOLD_ raised: by default every large tensor is a
fresh mapping, and page faults take 40% of the time. docs/nano.md tells what came out.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import multiprocessing as mp
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import numpy as np
import torch
from corpus import EARLY, LATE, documents, library
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Qwen2Config, Qwen2ForCausalLM

CONTROL = {
    "<|endoftext|>": True, "<|im_start|>": True, "<|im_end|>": True, "<|fim_prefix|>": False, "<|fim_middle|>": False,
    "<|fim_suffix|>": False, "<|fim_pad|>": False, "<|repo_name|>": False, "<|file_sep|>": False,
    "<tool_call>": False, "</tool_call>": False,
}  # fmt: skip
QWEN2_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CONFIG = {
    "vocab_size": 4096, "hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 4096, "rms_norm_eps": 1e-6, "tie_word_embeddings": True,
}  # fmt: skip
THETA = 10000.0
MUON = 0.02
MALLOC = {"MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "8000000000"}
LENGTHS = ((0.0, 512, 16), (0.45, 1024, 8), (0.92, 2048, 4))
LATE_FROM = 0.48  # the share of the time after which conversations with functions are most of what it reads


def train_tokenizer(files: list, path: Path) -> Tokenizer:
    """Train a byte-level BPE of 4,096 entries with Qwen2.5's pre-tokenizer, control tokens last, as there."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN2_SPLIT), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4096 - len(CONTROL), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    sample = itertools.islice(documents(files, seed=1), 9000)
    tokenizer.train_from_iterator((_plain(d) for d in sample), trainer)
    tokenizer.add_tokens([AddedToken(t, special=special, normalized=False) for t, special in CONTROL.items()])
    tokenizer.save(str(path))
    return tokenizer


def _plain(text: str) -> str:
    for token in CONTROL:
        text = text.replace(token, "\n")
    return text


def feed(tokenizer_path: str, seed: int, held_out: bool, queue: mp.Queue, late: Synchronized) -> None:
    """Put endless chunks of 65,536 token ids (uint16) into the queue, documents packed end to end."""
    tokenizer = Tokenizer.from_file(tokenizer_path)
    stream = documents(library(held_out), seed, mix=lambda: LATE if late.value else EARLY)
    while True:
        buffer: list[int] = []
        while len(buffer) < 65_536:
            for encoding in tokenizer.encode_batch(list(itertools.islice(stream, 64)), add_special_tokens=False):
                buffer += encoding.ids
        queue.put(np.array(buffer, np.uint16))


def batches(queue: mp.Queue, lengths: Callable[[], tuple[int, int]]) -> Iterator[torch.Tensor]:
    """Yield batches of the length + 1 tokens and the rows that `lengths` asks for at the time."""
    pool = np.empty(0, np.uint16)
    while True:
        length, rows = lengths()
        need = rows * (length + 1)
        while len(pool) < need:
            pool = np.concatenate([pool, queue.get()])
        yield torch.from_numpy(pool[:need].astype(np.int64)).view(rows, length + 1)
        pool = pool[need:]


def keep_freed_memory() -> None:
    """Start this script anew with an allocator that keeps what it frees; the feeding processes inherit it."""
    if sys.platform == "linux" and any(name not in os.environ for name in MALLOC):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**MALLOC, **os.environ})


def main() -> None:
    keep_freed_memory()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=90, help="training time, excluding set-up and resumed time")
    parser.add_argument("--work", type=Path, default=Path("runs/nano"), help="checkpoints and the loss curve")
    parser.add_argument("--out", type=Path, default=Path("vibecoder/nano"), help="where the finished model goes")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    path = options.out / "tokenizer.json"
    if not path.exists():
        train_tokenizer(library(False), path)
    context = mp.get_context("spawn")
    queue, held, late = context.Queue(8), context.Queue(2), context.Value("b", 0)
    resumed = options.work / "state.pt"
    state = torch.load(resumed, weights_only=True) if resumed.exists() else None
    total = options.minutes * 60
    late.value = state is not None and state["spent"] / total >= LATE_FROM
    for seed, held_out, q in ((2 + (state["step"] if state else 0), False, queue), (3, True, held)):
        flag = context.Value("b", 0) if held_out else late
        context.Process(target=feed, args=(str(path), seed, held_out, q, flag), daemon=True).start()

    model = Qwen2ForCausalLM(Qwen2Config(**CONFIG, rope_parameters={"rope_type": "default", "rope_theta": THETA}))
    optimizers = optimizers_of(model)
    others = optimizers[1].param_groups[0]["params"]
    bases = [g["lr"] for o in optimizers for g in o.param_groups]
    spent, step, tokens, curve = 0.0, 0, 0, []
    if state:
        model.load_state_dict(state["model"])
        for o, s in zip(optimizers, state["optimizers"], strict=True):
            o.load_state_dict(s)
        spent, step, tokens = state["spent"], state["step"], state["tokens"]
        curve = json.loads((options.work / "curve.json").read_text())

    def loss_of(ids: torch.Tensor) -> torch.Tensor:
        hidden = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
        logits = model.lm_head(hidden).float()
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())

    compiled = torch.compile(loss_of, dynamic=False)
    validation = next(batches(held, lambda: (1024, 8)))

    def lengths() -> tuple[int, int]:
        return [(length, rows) for at, length, rows in LENGTHS if spent / total >= at][-1]

    def keep() -> None:
        (options.work / "curve.json").write_text(json.dumps(curve))
        save(resumed, options.out, model, optimizers, spent=spent, step=step, tokens=tokens)

    started, before = time.time(), tokens
    for batch in batches(queue, lengths):
        if spent >= total:
            break
        begun = time.time()
        progress = spent / total
        late.value = progress >= LATE_FROM
        scale = min(1.0, (step + 1) / 100, max(0.02, (1 - progress) / 0.45))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = compiled(batch)
        update(loss, optimizers, [base * scale for base in bases], others)
        if not math.isfinite(loss.item()):
            raise SystemExit(f"loss became {loss.item()} at step {step}")
        step, tokens, spent = step + 1, tokens + batch.numel(), spent + time.time() - begun
        if step % 50 == 0:
            held_loss = None
            if step % 200 == 0:
                with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
                    held_loss = round(loss_of(validation).item(), 4)
                keep()
            minutes, rate = spent / 60, (tokens - before) / (time.time() - started)
            point = {"step": step, "tokens": tokens, "minutes": round(minutes, 2), "loss": round(loss.item(), 4)}
            curve.append({**point, "held_out": held_loss})
            print(
                f"{step:6d} {tokens / 1e6:6.2f}M {minutes:6.1f}min loss {loss.item():.3f} held {held_loss} "
                f"{rate:.0f} tok/s",
                flush=True,
            )
    keep()


def optimizers_of(model: Qwen2ForCausalLM) -> list[torch.optim.Optimizer]:
    """Make the optimizers: Muon for the matrices of the layers, AdamW for embeddings, norms and biases."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim < 2 or "embed" in n]
    return [
        torch.optim.Muon(matrices, lr=MUON, weight_decay=0.01, momentum=0.95, adjust_lr_fn="original"),
        torch.optim.AdamW(others, lr=4e-3, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
    ]


def update(
    loss: torch.Tensor, optimizers: list[torch.optim.Optimizer], rates: list[float], clipped: Iterable[torch.Tensor]
) -> None:
    """Take one step of the optimizers, `rates` being those of their parameter groups in order."""
    for group, rate in zip((g for o in optimizers for g in o.param_groups), rates, strict=True):
        group["lr"] = rate
    loss.backward()
    torch.nn.utils.clip_grad_norm_(clipped, 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad()


def save(path: Path, out: Path, model: Qwen2ForCausalLM, optimizers: list, **progress: Any) -> None:
    """Save a state to resume from in `path`, and the model itself, in fp16, in the folder `out`."""
    state = {"model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizers], **progress}
    torch.save(state, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").rename(path)
    write_weights(model, out)


def write_weights(model: Qwen2ForCausalLM, folder: Path) -> None:
    """Write the weights in fp16; the LM head is the embedding."""
    weights = {n: p.detach().to(torch.float16).contiguous() for n, p in model.state_dict().items()}
    del weights["lm_head.weight"]
    save_file(weights, folder / "model.safetensors.tmp", metadata={"format": "pt"})
    (folder / "model.safetensors.tmp").rename(folder / "model.safetensors")


if __name__ == "__main__":
    main()
