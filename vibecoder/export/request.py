"""What `vibecoder export` is asked for, and from it to a base model, an adapter and a name for the files."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from vibecoder.adapters.folder import read_adapter
from vibecoder.errors import ConfigError, ModelError
from vibecoder.models import ResolvedModel, resolve
from vibecoder.runs.record import RunRecord

__all__ = ["ExportRequest", "check_installed", "file_name", "find_model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What the user asked for; None leaves a value to the adapter's run, or to the settings."""

    output: Path
    model: str | None = None
    adapter: Path | None = None
    quantizations: tuple[str, ...] = ()
    backend: str | None = None
    data: str | None = None
    verify: bool = True
    weigh: bool = True


def check_installed(*modules: str) -> None:
    """Refuse to begin without the libraries that an export needs.

    Raises:
        ConfigError: one is not installed, with the command that installs it.
    """
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        raise ConfigError(
            f"this needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed; install "
            "with: pip install 'vibecoder[export]'"
        )


def find_model(name: str | None, adapter: Path | None) -> ResolvedModel:
    """Resolve the model to export: the one that is named, else the base that the adapter was trained on.

    Raises:
        ModelError: neither is given, or it cannot be found.
    """
    if name is None and adapter is None:
        raise ModelError("what to export? give --model, or --adapter with the folder of a trained adapter")
    if name is None and adapter is not None:
        run = RunRecord.find(adapter, above=4)
        name = ((run.settings.get("model") or {}).get("name") if run else None) or read_adapter(adapter).base_name
        if not name:
            raise ModelError(f"the adapter {adapter} does not say what its base model is; give it as --model")
    assert name is not None
    return resolve(name)


def file_name(model: ResolvedModel, adapter: Path | None) -> str:
    """Name the files of an export: the model's last name, and `-tuned` if an adapter is merged into it."""
    last = re.sub(r"[^\w.-]+", "-", Path(model.name).name).strip("-") or "model"
    return f"{last}-tuned" if adapter else last
