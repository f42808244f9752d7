"""What the process that holds a GGUF file in llama.cpp does: tokenize texts, and compute distributions."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vibecoder.export.llama.library import CONTEXT_DEFAULTS, Batch, load_library
from vibecoder.system.machine import cores

__all__ = ["Opened", "log_probabilities", "opened", "tokenize"]

_ERROR = 4
_LOG = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


@dataclass(slots=True)
class Opened:
    """A loaded model: llama.cpp's pointers, and a batch with room for `length` tokens."""

    library: Any
    context: int
    vocabulary: int
    batch: Batch
    length: int


_MODEL: list[Opened] = []
_LINES: list[str] = []


def _log(level: int, text: bytes, _: object) -> None:
    if level == _ERROR:
        _LINES.append(text.decode(errors="replace").strip())


_LOGGER = _LOG(_log)


def opened(path: Path, adapter: Path | None, length: int) -> str | None:
    """Load a model, and an adapter in GGUF form, for rows of up to `length` tokens; say why not if it fails."""
    library = load_library()
    library.llama_log_set(_LOGGER, None)
    library.llama_backend_init()
    model = library.llama_model_load_from_file(os.fsencode(path), library.llama_model_default_params())
    if not model:
        return _reason("llama.cpp cannot load it")
    parameters = library.llama_context_default_params()
    if tuple(parameters.words[:3]) != CONTEXT_DEFAULTS:
        return "the installed xllamacpp has another layout of parameters; install xllamacpp<2027"
    parameters.words[0] = parameters.words[1] = parameters.words[2] = length
    context = library.llama_init_from_model(model, parameters)
    if not context:
        return _reason("llama.cpp cannot make a context")
    library.llama_set_n_threads(context, cores(), cores())
    if adapter is not None:
        lora = library.llama_adapter_lora_init(model, os.fsencode(adapter))
        if not lora:
            return _reason("llama.cpp cannot load the adapter")
        library.llama_set_adapters_lora(context, (ctypes.c_void_p * 1)(lora), 1, (ctypes.c_float * 1)(1.0))
    vocabulary = library.llama_model_get_vocab(model)
    _MODEL[:] = [Opened(library, context, vocabulary, library.llama_batch_init(length, 0, 1), length)]
    return None


def _reason(otherwise: str) -> str:
    return next((line for line in _LINES if line), otherwise)


def tokenize(texts: Sequence[str], special: bool) -> list[list[int]]:
    """Turn texts into ids, nothing added at their ends; `special` tells whether control tokens in them count."""
    model, found = _MODEL[0], []
    for text in texts:
        data = text.encode()
        room = (ctypes.c_int32 * (len(data) + 16))()
        count = model.library.llama_tokenize(model.vocabulary, data, len(data), room, len(room), False, special)
        found.append(list(room[:count]))
    return found


def log_probabilities(row: Sequence[int], positions: Sequence[int]) -> NDArray[np.float32]:
    """Compute log p of every token after each of `positions` of a row: [len(positions), V], in their order."""
    model, batch = _MODEL[0], _MODEL[0].batch
    wanted = set(positions)
    batch.n_tokens = len(row)
    for at, token in enumerate(row):
        batch.token[at], batch.pos[at], batch.n_seq_id[at], batch.logits[at] = token, at, 1, at in wanted
        batch.seq_id[at][0] = 0
    model.library.llama_memory_clear(model.library.llama_get_memory(model.context), True)
    if failed := model.library.llama_decode(model.context, batch):
        raise RuntimeError(f"llama.cpp could not compute a row of {len(row)} tokens ({failed})")
    shape = (len(wanted), model.library.llama_vocab_n_tokens(model.vocabulary))
    logits = np.ctypeslib.as_array(model.library.llama_get_logits(model.context), shape).astype(np.float64)
    logits -= logits.max(-1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
    order = {position: at for at, position in enumerate(sorted(wanted))}
    found: NDArray[np.float32] = logits[[order[position] for position in positions]].astype(np.float32)
    return found
