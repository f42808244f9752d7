"""`vibecoder` in a process of its own, offline, on a machine without torch."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from support import ROOT

__all__ = ["command", "environment", "vibecoder"]

_WITHOUT_TORCH = str(ROOT / "tests" / "support" / "without_torch")


def command(*words: str) -> list[str]:
    """What starts the command line with `words`."""
    return [sys.executable, "-m", "vibecoder", *words]


def environment() -> dict[str, str]:
    """This process's environment for one that is offline and finds MLX but no torch, as on a Mac."""
    path = os.pathsep.join(filter(None, [_WITHOUT_TORCH, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def vibecoder(folder: Path, *words: str, before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in `folder`; `before` is called in the new process."""
    return subprocess.run(
        command(*words), cwd=folder, env=environment(), capture_output=True, text=True, preexec_fn=before, check=False
    )
