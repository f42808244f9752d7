"""Bind the functions of llama.cpp's C API that are needed here, through ctypes.

xllamacpp's extension module exports the whole C API. Its two parameter structs differ between releases, so they are
passed as opaque blobs that llama.cpp fills with its own defaults; only the first fields of the context's are set, which
have stood there since 2023 (`n_ctx`, `n_batch`, `n_ubatch`), and which are checked before they are written.
"""

from __future__ import annotations

import ctypes
import importlib.util
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int, c_int8, c_int32, c_int64, c_size_t, c_uint32, c_void_p
from functools import cache
from pathlib import Path
from typing import Any

from vibecoder.errors import ConfigError

__all__ = ["CONTEXT_DEFAULTS", "Batch", "Blob", "load_library"]

_INSTALL = "install it with: pip install 'vibecoder[export]'"
CONTEXT_DEFAULTS = (512, 2048, 512)
"""n_ctx, n_batch and n_ubatch as llama.cpp sets them; other values there mean another layout of the struct."""


class Blob(ctypes.Structure):
    """A parameter struct of unknown layout; larger than any release's."""

    _fields_ = (("words", c_uint32 * 512),)


class Batch(ctypes.Structure):
    """`llama_batch`: token ids with position, sequence and whether their logits are wanted."""

    _fields_ = (
        ("n_tokens", c_int32),
        ("token", POINTER(c_int32)),
        ("embd", POINTER(c_float)),
        ("pos", POINTER(c_int32)),
        ("n_seq_id", POINTER(c_int32)),
        ("seq_id", POINTER(POINTER(c_int32))),
        ("logits", POINTER(c_int8)),
    )


_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "ggml_quantize_chunk": (c_size_t, [c_int, c_void_p, c_void_p, c_int64, c_int64, c_int64, c_void_p]),
    "llama_backend_init": (None, []),
    "llama_log_set": (None, [c_void_p, c_void_p]),
    "llama_set_n_threads": (None, [c_void_p, c_int32, c_int32]),
    "llama_model_default_params": (Blob, []),
    "llama_context_default_params": (Blob, []),
    "llama_model_load_from_file": (c_void_p, [c_char_p, Blob]),
    "llama_init_from_model": (c_void_p, [c_void_p, Blob]),
    "llama_batch_init": (Batch, [c_int32, c_int32, c_int32]),
    "llama_decode": (c_int32, [c_void_p, Batch]),
    "llama_get_logits": (POINTER(c_float), [c_void_p]),
    "llama_get_memory": (c_void_p, [c_void_p]),
    "llama_memory_clear": (None, [c_void_p, c_bool]),
    "llama_model_get_vocab": (c_void_p, [c_void_p]),
    "llama_vocab_n_tokens": (c_int32, [c_void_p]),
    "llama_tokenize": (c_int32, [c_void_p, c_char_p, c_int32, POINTER(c_int32), c_int32, c_bool, c_bool]),
    "llama_adapter_lora_init": (c_void_p, [c_void_p, c_char_p]),
    "llama_set_adapters_lora": (c_int32, [c_void_p, POINTER(c_void_p), c_size_t, POINTER(c_float)]),
}


@cache
def load_library() -> ctypes.CDLL:
    """Load llama.cpp from the installed xllamacpp, without importing that.

    Raises:
        ConfigError: xllamacpp is not installed, or its library has not these functions.
    """
    spec = importlib.util.find_spec("xllamacpp")
    if spec is None or spec.origin is None:
        raise ConfigError(f"this needs llama.cpp in the form of xllamacpp, which is not installed; {_INSTALL}")
    folder = Path(spec.origin).parent
    found = sorted(path for path in folder.glob("xllamacpp*") if path.suffix in (".so", ".pyd", ".dylib"))
    for path in found:
        try:
            library = ctypes.CDLL(str(path))
            for name, (result, arguments) in _FUNCTIONS.items():
                function = getattr(library, name)
                function.restype, function.argtypes = result, arguments
        except (OSError, AttributeError):
            continue
        return library
    raise ConfigError(f"the xllamacpp in {folder} exports no llama.cpp; install another: pip install -U xllamacpp")
