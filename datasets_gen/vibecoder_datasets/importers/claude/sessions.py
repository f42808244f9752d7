"""Know which sessions repeat each other: a resumed or forked session has its history again, under another name.

All files are read once before the rows: sessions that share an exchange are one group, and an exchange of several files
is a row of the file whose conversation goes furthest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vibecoder_datasets.importers.claude.exchanges import Exchange

__all__ = ["Sessions"]

_WORDS = 10
"""Words from which an exchange without ids is told from others by what it says."""


@dataclass(frozen=True, slots=True)
class _File:
    """Describes a session's file: its group's name if it is alone, when it began, how many exchanges it has."""

    name: str
    began: str
    exchanges: int


@dataclass(slots=True)
class Sessions:
    """Files that share exchanges or a session's name, as one group each."""

    _files: dict[Path, _File] = field(default_factory=dict)
    _owners: dict[str, Path] = field(default_factory=dict)
    _above: dict[str, str] = field(default_factory=dict)
    _members: dict[str, list[_File]] = field(default_factory=dict)

    def learn(self, path: Path, session: str, name: str, began: str, found: Iterable[Exchange]) -> None:
        """Note a file's exchanges and its session's id; files come in a fixed order."""
        exchanges = [exchange for exchange in found if exchange.gives_rows]
        self._files[path] = _File(name, began, len(exchanges))
        self._join(f"file {path}", f"session {session}")
        for exchange in exchanges:
            owner = self._owners.get(exchange.key)
            if owner is None or len(exchanges) > self._files[owner].exchanges:
                self._owners[exchange.key] = path
            if exchange.first or _words(exchange) >= _WORDS:
                self._join(f"file {path}", f"exchange {exchange.key} {exchange.first}")

    def is_owner(self, path: Path, exchange: Exchange) -> bool:
        """Tell whether an exchange is a row of this file."""
        return self._owners.get(exchange.key) == path

    def group(self, path: Path) -> tuple[str, Sequence[str]]:
        """Return the name of a file's group, which is its first session's, and the names of all its sessions."""
        if not self._members:
            for other, file in self._files.items():
                self._members.setdefault(self._root(f"file {other}"), []).append(file)
        members = self._members.get(self._root(f"file {path}"), [])
        names = [file.name for file in sorted(members, key=lambda file: (file.began, file.name))]
        return next(iter(names), ""), sorted(set(names))

    def _root(self, name: str) -> str:
        while (above := self._above.get(name, name)) != name:
            self._above[name] = self._above.get(above, above)
            name = above
        return name

    def _join(self, one: str, other: str) -> None:
        one, other = sorted((self._root(one), self._root(other)))
        if one != other:
            self._above[other] = one


def _words(exchange: Exchange) -> int:
    return sum(len(re.findall(r"\w+", message["content"])) for message in exchange.messages)
