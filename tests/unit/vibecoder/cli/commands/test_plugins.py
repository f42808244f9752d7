"""`vibecoder plugins`."""

from __future__ import annotations

import json
from importlib import metadata

import pytest

from support.terminal import Terminal


def test_plugins_lists_what_there_is(terminal: Terminal) -> None:
    listed = json.loads(terminal("plugins", "--json").out)
    rows = {(row["kind"], row["name"]): row["plugin"] for row in listed["registered"]}
    assert rows["stages", "tool-use"] == "vibecoder_stages"
    assert rows["backends", "mlx"] == "vibecoder_mlx"
    assert "tool-use" in terminal("plugins").out


def test_plugins_tells_what_is_broken(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = metadata.EntryPoint("mine", "no_such_module_anywhere", "vibecoder")
    monkeypatch.setattr("vibecoder.plugins.registry.entry_points", lambda group: [entry])
    reason = "ModuleNotFoundError: No module named 'no_such_module_anywhere'"
    listed = json.loads(terminal("plugins", "--json").out)
    assert listed["broken"] == [{"plugin": "mine", "source": "no_such_module_anywhere", "reason": reason}]
    assert f"mine (no_such_module_anywhere): {reason}" in " ".join(terminal("plugins").out.split())
