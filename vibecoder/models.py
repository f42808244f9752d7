"""Resolve a model's name to a local folder: the embedded `nano`, a user's folder, or a Hugging Face snapshot."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.errors import ModelError

__all__ = ["NANO", "ResolvedModel", "cache_folder", "read_config", "resolve"]

NANO = Path(__file__).parent / "nano"
_PATTERNS = ["*.json", "*.safetensors", "*.jinja", "*.txt", "*.model", "*.py"]


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model on this machine; `base_name` is what an adapter names as its base, openable by transformers."""

    name: str
    folder: Path
    base_name: str


def resolve(name: str) -> ResolvedModel:
    """Find the model, downloading a hub id on first use.

    Raises:
        ModelError: there is no such folder or repository, it is gated, or there is no connection.
    """
    if name == "nano":
        return ResolvedModel(name, NANO, str(NANO))
    path = Path(name).expanduser()
    if path.is_dir():
        read_config(path)
        return ResolvedModel(name, path.resolve(), str(path.resolve()))
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") != 1:
        raise ModelError(f"no model at {name}; give a Hugging Face id (USER/NAME), a folder with config.json, or nano")
    return ResolvedModel(name, _download(name), name)


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
            "check the connection, or use --model nano, which needs none"
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
    return config


def cache_folder() -> Path:
    """Return the folder of converted models: `$VIBECODER_CACHE`, else `vibecoder` in the user's cache folder."""
    import os

    root = os.environ.get("VIBECODER_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "vibecoder"
    return Path(root).expanduser()
