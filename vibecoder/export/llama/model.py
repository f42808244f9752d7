"""A GGUF file opened in llama.cpp: its tokenizer and its numbers, without a server between."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vibecoder.errors import BackendError
from vibecoder.export.llama import worker
from vibecoder.export.llama.process import Child

__all__ = ["LlamaModel"]


class LlamaModel(Child):
    """A model in llama.cpp, and an adapter in GGUF form on it; use it in a `with` block."""

    def __init__(self, path: Path, adapter: Path | None = None, length: int = 1024) -> None:
        """Load the file for rows of up to `length` tokens.

        Raises:
            BackendError: llama.cpp cannot load it, with llama.cpp's own reason.
            ConfigError: xllamacpp is not installed.
        """
        super().__init__(path)
        with self.closing_on_failure():
            if reason := self.ask(worker.opened, path, adapter, length):
                raise BackendError(f"{path} does not load: {reason}")

    def tokenize(self, texts: Sequence[str], special: bool = True) -> list[list[int]]:
        """Turn texts into ids, nothing added at their ends; `special` tells whether control tokens in them count."""
        found: list[list[int]] = self.ask(worker.tokenize, list(texts), special)
        return found

    def log_probabilities(self, row: Sequence[int], positions: Sequence[int]) -> NDArray[np.float32]:
        """Compute log p of every token after each of `positions` of a row: [len(positions), V]."""
        found: NDArray[np.float32] = self.ask(worker.log_probabilities, list(row), list(positions))
        return found
