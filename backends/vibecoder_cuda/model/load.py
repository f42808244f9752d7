"""Open a base model with transformers, quantized by bitsandbytes, in an arithmetic its GPU really has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bitsandbytes
import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    BitsAndBytesConfig,
    GenerationConfig,
    PreTrainedModel,
)

from vibecoder.errors import ConfigError, ModelError
from vibecoder.models import check_openable
from vibecoder.types import ModelSpec
from vibecoder_cuda.processes import device

__all__ = ["arithmetic", "autocast", "load_base"]

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_READS = ("bitsandbytes", "mxfp4")
"""Methods of quantization whose layers PEFT adapts as the linear layers they are."""
_AMPERE = (8, 0)


def load_base(spec: ModelSpec) -> PreTrainedModel:
    """Open the frozen base model on this process's device, quantized and in the arithmetic that `spec` asks for.

    Raises:
        ConfigError: the hardware lacks that arithmetic.
        ModelError: transformers does not have the architecture, or the folder is incomplete.
    """
    dtype = arithmetic(spec.precision, _capability())
    check_openable(Path(spec.path), _READS, pickled=True)
    try:
        model, found = _auto_class(spec.path).from_pretrained(
            spec.path,
            dtype=dtype,
            quantization_config=_quantization(spec.quantization, dtype),
            device_map={"": str(device())},
            attn_implementation="sdpa",
            output_loading_info=True,
        )
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # other people's folders fail in ways that no list holds
        raise ModelError(f"transformers cannot open the model {spec.path}: {_first_line(error)}") from error
    if missing := sorted(found["missing_keys"]) or sorted(str(key[0]) for key in found["mismatched_keys"]):
        raise ModelError(
            f"the weights of {spec.path} lack {len(missing)} of the model's tensors or have them in other shapes, such "
            f"as {missing[0]}, which would be random; download the model again"
        )
    # A model's own sampling defaults (Qwen ships a repetition penalty) would leak into greedy generation.
    model.generation_config = GenerationConfig()
    for module in model.modules():
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            # On CPUs with AVX512-BF16 the first pass without gradients repacks a layer for good, and a packed layer
            # no longer passes gradients on.
            module.support_avx512bf16_for_cpu = False
    model.requires_grad_(False)
    return model.eval()


def _auto_class(path: str) -> Any:
    """Choose the class that opens a model for text: the one with eyes where there is no other, as for Mistral 3."""
    kind, classes = type(AutoConfig.from_pretrained(path)), AutoModelForCausalLM._model_mapping
    return AutoModelForCausalLM if kind in classes else AutoModelForImageTextToText


def _first_line(error: Exception) -> str:
    line = str(error).strip().split("\n")[0]
    return line if isinstance(error, (OSError, ValueError)) else f"{type(error).__name__}: {line}"


def arithmetic(precision: str, capability: tuple[int, int] | None) -> torch.dtype:
    """Choose the base's dtype on a GPU of compute `capability`, None for a CPU.

    bfloat16 needs 8.0: Turing (7.5) only emulates it, though `torch.cuda.is_bf16_supported()` says yes.

    Raises:
        ConfigError: float16 without a GPU, or bfloat16 on one that lacks it.
    """
    if capability is None:
        if precision == "float16":
            raise ConfigError("model.precision float16 needs a GPU, and there is none; set it to auto")
        return _DTYPES["float32" if precision == "auto" else precision]
    if precision == "bfloat16" and capability < _AMPERE:
        has = ".".join(map(str, capability))
        raise ConfigError(f"this GPU (compute capability {has}) has no bfloat16; set model.precision to auto")
    if precision == "auto":
        return torch.bfloat16 if capability >= _AMPERE else torch.float16
    return _DTYPES[precision]


def autocast(model: PreTrainedModel) -> torch.autocast:
    """Return the mixed precision that training runs in, for passes without the trainer."""
    return torch.autocast(model.device.type, model.dtype, enabled=model.dtype != torch.float32)


def _capability() -> tuple[int, int] | None:
    where = device()
    return torch.cuda.get_device_capability(where) if where.type == "cuda" else None


def _quantization(quantization: str, dtype: torch.dtype) -> BitsAndBytesConfig | None:
    if quantization == "4bit":
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
        )
    return BitsAndBytesConfig(load_in_8bit=True) if quantization == "8bit" else None
