"""What an export leaves beside its files: of which model and adapter it was made, and what the truth test measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vibecoder.errors import ANOTHER_PATH, ModelError, OutputError
from vibecoder.runs.versions import now, versions
from vibecoder.system.writing import write_json

__all__ = ["RECORD", "ExportRecord", "check_replaceable", "digest_of"]

RECORD = "vibecoder_export.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    """`form` is merged, gguf or mlx; `model` and `adapter` are as they were given; `truth` is by file's name."""

    form: str
    model: str
    adapter: str | None = None
    adapter_sha256: str | None = None
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    truth: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    created: str = field(default_factory=now)
    versions: Mapping[str, str] = field(default_factory=versions)

    def write(self, folder: Path) -> None:
        """Write it into an export's folder.

        Raises:
            OutputError: it cannot be written.
        """
        write_json(folder / RECORD, asdict(self))

    @classmethod
    def read(cls, folder: Path) -> ExportRecord:
        """Read the record of an export's folder.

        Raises:
            ModelError: there is none.
        """
        try:
            value = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            return cls(**value)
        except (OSError, ValueError, TypeError) as error:
            raise ModelError(f"{folder} is no export of vibecoder: {RECORD} is missing or damaged") from error


def check_replaceable(target: Path) -> None:
    """Refuse to replace a folder that no export wrote.

    Raises:
        OutputError: it has files and no record of an export.
    """
    if target.exists() and not (target / RECORD).exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"{target} exists and is no export of vibecoder; {ANOTHER_PATH}, or move it away")


def digest_of(adapter: Path | None) -> str | None:
    """Compute the SHA-256 of an adapter's weights; None where there is none in PEFT's form."""
    path = adapter / "adapter_model.safetensors" if adapter else None
    return hashlib.sha256(path.read_bytes()).hexdigest() if path and path.exists() else None
