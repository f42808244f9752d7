"""Look up what a job names in a backend's tables of objectives and optimizers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from vibecoder.errors import ConfigError, suggestion

__all__ = ["entry"]

T = TypeVar("T")


def entry(table: Mapping[str, T], name: str, what: str) -> T:
    """Look up `name` in a table of `what`s. Planning has refused unknown ones before; this is for jobs made otherwise.

    Raises:
        ConfigError: the table has no such name.
    """
    if name not in table:
        raise ConfigError(f"unknown {what} {name}{suggestion(name, table)}")
    return table[name]
