"""A process of its own for llama.cpp: what fails there, even by a crash, is one error here."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vibecoder.errors import BackendError
from vibecoder.export.llama.library import load_library

__all__ = ["Child"]


class Child:
    """One process that has the file `path` open and answers calls of module-level functions."""

    def __init__(self, path: Path) -> None:
        """Start the process.

        Raises:
            ConfigError: xllamacpp is not installed.
        """
        load_library()
        self.path = path
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))

    def ask(self, function: Any, *arguments: Any) -> Any:
        """Call a function in the process.

        Raises:
            BackendError: it failed, or the process ended.
        """
        try:
            return self._pool.submit(function, *arguments).result()
        except BrokenProcessPool as error:
            raise BackendError(
                f"llama.cpp crashed on {self.path}; upgrade it (pip install -U xllamacpp), or export the model again"
            ) from error
        except RuntimeError as error:
            raise BackendError(f"llama.cpp fails on {self.path}: {error}") from error

    @contextmanager
    def closing_on_failure(self) -> Iterator[None]:
        """End the process if the block fails."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
