"""A name that a backend's table lacks is an error with the nearest one that it has."""

from __future__ import annotations

import pytest

from vibecoder.errors import ConfigError
from vibecoder.training.tables import entry


def test_an_entry_or_an_error() -> None:
    table = {"sft": 1, "adamw": 2}
    assert entry(table, "sft", "objective") == 1
    with pytest.raises(ConfigError, match=r"unknown optimizer adam; did you mean adamw\?"):
        entry(table, "adam", "optimizer")
