"""The command line, called in this process as a user types it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from vibecoder.cli import main

__all__ = ["Terminal", "Written"]


class Written(NamedTuple):
    """What a command wrote to each stream."""

    out: str
    err: str


class Terminal:
    """Runs `vibecoder` with the words of each call after `words`, and checks its exit status."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: str) -> None:
        self._capsys, self._words = capsys, words

    def __call__(self, *words: object, status: int = 0) -> Written:
        with pytest.raises(SystemExit) as stopped:
            main([*self._words, *map(str, words)])
        written = Written(*self._capsys.readouterr())
        assert stopped.value.code == status, written.err
        return written

    def under(self, *words: str) -> Terminal:
        """A terminal whose calls begin with `words`."""
        return Terminal(self._capsys, *self._words, *words)
