"""Define the descriptor of a command that a plugin adds."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CommandSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A command `vibecoder NAME`: `target` is the `module:attribute` of a click command, imported when it is run.

    `summary` is the line that `vibecoder --help` shows.
    """

    name: str
    summary: str
    target: str
