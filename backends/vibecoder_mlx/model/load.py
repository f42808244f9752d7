"""Open a base model with mlx-lm, converted to 4 or 8 bits once and cached."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.utils import load_config, load_model, quantize_model, save_config, save_model

from vibecoder.errors import ModelError
from vibecoder.models import check_openable
from vibecoder.system.model_config import filled_in
from vibecoder.system.writing import atomic_folder
from vibecoder.types import ModelSpec
from vibecoder_mlx.model.longrope import use_both_factors
from vibecoder_mlx.model.rope import check_rope

__all__ = ["convert", "load_base"]

_BITS = {"4bit": 4, "8bit": 8}
_GROUP = 64
_READS = ("mlx", "awq", "gptq", "compressed-tensors", "mxfp4", "mxfp8", "fp8", "modelopt", "bitnet")
"""Methods of quantization whose weights mlx-lm reads, or refuses itself by what is missing."""
_DTYPES = {"float32": mx.float32, "bfloat16": mx.bfloat16, "float16": mx.float16}


def load_base(spec: ModelSpec) -> nn.Module:
    """Open the frozen base model, quantized and in the arithmetic that `spec` asks for.

    Raises:
        ModelError: mlx-lm does not have the architecture, or the folder is incomplete.
    """
    folder = Path(spec.path)
    check_openable(folder, _READS)
    try:
        if spec.quantization != "none" and "quantization" not in load_config(folder):
            folder = _quantized(folder, spec)
        model, config = load_model(folder, lazy=True, model_config=filled_in(load_config(folder)))
    except Exception as error:  # other people's folders fail in ways that no list holds
        raise ModelError(f"mlx-lm cannot open the model {spec.path}: {_first_line(error)}") from error
    use_both_factors(model, config)
    check_rope(model, config)
    model.set_dtype(_DTYPES[_precision(spec)])
    model.freeze()
    model.eval()
    mx.eval(model.parameters())
    _check_runs(model, spec)
    return model


def _check_runs(model: nn.Module, spec: ModelSpec) -> None:
    """Read two tokens, so that a model that mlx-lm opens and cannot run, or whose weights are broken, is told now."""
    try:
        finite = bool(mx.isfinite(model(mx.array([[1, 2]]))).all().item())
    except Exception as error:
        raise ModelError(f"mlx-lm opens the model {spec.path} and cannot run it: {_first_line(error)}") from error
    if not finite:
        raise ModelError(
            f"the model {spec.path} gives numbers that are not finite; download it again, or set model.precision"
        )


def _first_line(error: Exception) -> str:
    line = " ".join(str(error).split())
    return line if isinstance(error, (OSError, ValueError)) else f"{type(error).__name__}: {line}"


def _precision(spec: ModelSpec) -> str:
    if spec.precision != "auto":
        return spec.precision
    return "bfloat16" if mx.metal.is_available() else "float32"


def _quantized(folder: Path, spec: ModelSpec) -> Path:
    """Convert `folder` on first use and return the cached conversion, named by what it was made from."""
    config: dict[str, Any] = load_config(folder)
    added = filled_in(config)
    config |= added
    made_from = json.dumps([str(folder.resolve()), config, sorted(_stamp(folder))], sort_keys=True, default=str)
    name = f"{folder.name}-{spec.quantization}-{hashlib.sha256(made_from.encode()).hexdigest()[:12]}"
    target = (spec.cache or folder.parent) / "mlx" / name
    if (target / "config.json").exists():
        return target
    logging.getLogger(__name__).info("converting %s to %s, once", folder, spec.quantization)
    model, config = _in_bits(folder, config, spec.quantization)
    with atomic_folder(target) as scratch:
        save_model(scratch, model, donate_model=True)
        save_config(config, config_path=scratch / "config.json")
    return target


def _in_bits(folder: Path, config: dict[str, Any], quantization: str) -> tuple[nn.Module, dict[str, Any]]:
    model, _ = load_model(folder, lazy=True, model_config=config)
    if not mx.metal.is_available():
        model.set_dtype(mx.float32)
    with redirect_stdout(sys.stderr):  # mlx-lm prints the bits there, before what a program is to read
        found: tuple[nn.Module, dict[str, Any]] = quantize_model(
            model, config, group_size=_GROUP, bits=_BITS[quantization]
        )
    return found


def convert(folder: Path, target: Path, quantization: str) -> None:
    """Write the model in `folder` as `target`, a whole folder that mlx-lm opens, in 4 or 8 bits.

    Raises:
        ModelError: mlx-lm does not have the architecture, or would distort it.
    """
    check_openable(folder, ())
    try:
        config = {**load_config(folder), **filled_in(load_config(folder))}
        model, config = _in_bits(folder, config, quantization)
    except Exception as error:  # other people's folders fail in ways that no list holds
        raise ModelError(f"mlx-lm cannot open the model {folder}: {_first_line(error)}") from error
    check_rope(model, config)
    with atomic_folder(target) as scratch:
        for path in folder.iterdir():
            if path.is_file() and path.suffix != ".safetensors" and not path.name.endswith(".index.json"):
                shutil.copyfile(path, scratch / path.name)
        save_model(scratch, model, donate_model=True)
        save_config(config, config_path=scratch / "config.json")


def _stamp(folder: Path) -> list[tuple[str, int, int]]:
    return [(f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in folder.glob("*.safetensors")]
