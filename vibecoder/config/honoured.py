"""Refuse the settings that a backend's descriptor says it lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from vibecoder.config.schema import ModelSettings, Settings
from vibecoder.errors import ConfigError
from vibecoder.models import ResolvedModel, read_config
from vibecoder.types import BackendSpec

__all__ = ["LIMITED", "alternatives", "check_model", "check_settings"]

LIMITED: Mapping[str, Callable[[BackendSpec], Sequence[Any]]] = {
    "model.quantization": lambda backend: backend.quantizations,
    "model.precision": lambda backend: backend.precisions,
    "model.checkpointing": lambda backend: (False, True) if backend.checkpointing else (False,),
    "train.optimizer": lambda backend: backend.optimizers,
}
"""The settings of which a backend may lack a value, and the values that it has."""


def check_settings(
    settings: Settings, backend: BackendSpec, backends: Iterable[BackendSpec], names: Iterable[str] = tuple(LIMITED)
) -> None:
    """Refuse the first of the settings `names` whose value the chosen one of `backends` lacks.

    Raises:
        ConfigError: naming the setting, what the backend has, and the backends that have the value.
    """
    others = list(backends)
    for name in names:
        section, _, key = name.partition(".")
        value, offered = getattr(getattr(settings, section), key), LIMITED[name](backend)
        if value not in offered:
            having = [other for other in others if value in LIMITED[name](other)]
            fixes = [*alternatives(having), *(f"--set {name}={_text(each)}" for each in offered[:1])]
            raise ConfigError(
                f"{name} is {_text(value)}; the backend {backend.name} has "
                f"{', '.join(map(_text, offered)) or 'none'}; use {' or '.join(fixes) or 'another backend'}"
            )


def check_model(
    model: ResolvedModel, settings: ModelSettings, backend: BackendSpec, backends: Iterable[BackendSpec]
) -> None:
    """Refuse a way to hold or to compute the model that the backend lacks, or that its stored weights don't allow.

    Raises:
        ConfigError: naming the setting and the fix.
        ModelError: the model has no readable `config.json`.
    """
    check_settings(Settings(model=settings), backend, backends, ("model.quantization", "model.precision"))
    stored = _stored(read_config(model.folder))
    if stored and settings.quantization not in ("none", stored):
        raise ConfigError(
            f"model.quantization is {settings.quantization}, but the weights of {model.name} are stored as {stored}; "
            "use --set model.quantization=none, which takes them as they are, or a --model that is not quantized"
        )


def alternatives(backends: Iterable[BackendSpec]) -> list[str]:
    """List `--backend NAME` for each of `backends`."""
    return [f"--backend {backend.name}" for backend in backends]


def _stored(config: Mapping[str, Any]) -> str | None:
    """Read from a `config.json` how weights are quantized: `4bit`, `8bit` or another method; None if they are not.

    mlx-lm writes `quantization` with `bits`; transformers writes `quantization_config` with `bits`, or for bitsandbytes
    with `load_in_4bit` and `load_in_8bit`.
    """
    found = config.get("quantization") or config.get("quantization_config")
    if not isinstance(found, Mapping):
        return None
    if bits := found.get("bits") or next((n for n in (4, 8) if found.get(f"load_in_{n}bit")), None):
        return f"{bits}bit"
    return str(found.get("quant_method") or "quantized")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
