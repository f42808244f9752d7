"""Tools on a copy of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibecoder.errors import ConfigError, OutputError
from vibecoder_serve.chat.hands import Hands, tools_of


def test_a_tool_allowed_always_is_not_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("secret")
    asked: list[str] = []

    def consent(call: str) -> str:
        asked.append(call)
        return "a"

    hands = Hands(tmp_path, consent)
    assert "x = 1" in hands.run("read_file", {"path": "a.py"})
    assert hands.run("read_file", {"path": ".git/config"}).startswith("error:")
    assert asked == ['read_file(path="a.py")']
    hands.close()


def test_a_file_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    hands = Hands(tmp_path, lambda call: "y")
    hands.run("edit_file", {"path": "a.py", "old": "x = 1", "new": "x = 2"})
    assert "-x = 1\n+x = 2\n" in hands.changes()
    (tmp_path / "a.py").write_text("x = 3\n")
    with pytest.raises(OutputError, match="was changed since"):
        hands.apply()
    assert (tmp_path / "a.py").read_text() == "x = 3\n"


def test_what_cannot_be_worked_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no folder"):
        Hands(tmp_path / "none", lambda call: "y")
    with pytest.raises(ConfigError, match="no set of tools is called repairs; did you mean repair"):
        tools_of("repairs")
