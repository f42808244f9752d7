"""The truth test of a GGUF file: by llama.cpp itself, as a library and as a server."""

from __future__ import annotations

from pathlib import Path

from vibecoder.errors import BackendError
from vibecoder.export.gguf.writer import write_gguf
from vibecoder.export.llama.model import LlamaModel
from vibecoder.export.llama.serving import LlamaServer
from vibecoder.export.truth.calls import apply_template, check_calls
from vibecoder.export.truth.compare import check_ids, check_numbers, check_texts
from vibecoder.export.truth.reference import Reference
from vibecoder.export.truth.verdict import Check, Truth

__all__ = ["check_gguf", "check_lora"]

_REPLY = 160
_ROOM = 64


def check_lora(path: Path, folder: Path, reference: Reference) -> Truth:
    """Hold an adapter's GGUF file, on its base in F16, against the trainer's model with the adapter.

    The base's file is made beside it from the model in `folder`, and removed.
    """
    longest = max([*map(len, reference.cases.rows), 64])
    base = path.with_name(f".{path.name}.base")
    try:
        write_gguf(folder, base, "F16")
        with LlamaModel(base, path, length=longest) as model:
            return Truth(path.name, (check_numbers(reference, "F16", model.log_probabilities),))
    except BackendError as error:
        return Truth(path.name, (Check("loads", False, str(error)),))
    finally:
        base.unlink(missing_ok=True)


def check_gguf(path: Path, quantization: str, reference: Reference) -> Truth:
    """Hold a GGUF file of a known quantization against the trainer's model."""
    checks: list[Check] = []
    longest = max([*map(len, reference.cases.rows), 64])
    try:
        with LlamaModel(path, length=longest) as model:
            checks.append(check_ids(reference, model.tokenize))
            checks.append(check_numbers(reference, quantization, model.log_probabilities))
        prompts = [len(prompt.ids) for prompt in reference.cases.prompts]
        with LlamaServer(path, max([*prompts, longest]) + _REPLY + _ROOM) as server:
            checks.append(check_texts(reference, lambda given: apply_template(server, reference.tokenizer, given)))
            if reference.calls is not None:
                checks.append(check_calls(reference, quantization, server))
    except BackendError as error:
        checks.append(Check("loads", False, str(error)))
    return Truth(path.name, tuple(checks))
