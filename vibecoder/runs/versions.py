"""The time and the versions a run is recorded with."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

__all__ = ["now", "versions"]

_PACKAGES = (
    "vibecoder", "mlx", "mlx-lm", "torch", "trl", "transformers", "peft", "bitsandbytes", "tokenizers", "numpy",
)  # fmt: skip


def now() -> str:
    """Return the current time in UTC as ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Return the versions of Python and of every package of ours that is installed."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
