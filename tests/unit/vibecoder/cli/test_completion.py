"""Completion in shells."""

from __future__ import annotations

import pytest

from support.terminal import Terminal


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(terminal: Terminal, shell: str) -> None:
    assert "_VIBECODER_COMPLETE" in terminal("completion", shell).out


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("vibecoder tr", "train"),
        ("vibecoder train --stage to", "tool-use"),
        ("vibecoder train --stage agentic,f", "agentic,full"),
        ("vibecoder train --backend m", "mlx"),
        ("vibecoder train --profile cpu", "cpu-nano"),
    ],
)
def test_words_are_completed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, words: str, found: str) -> None:
    monkeypatch.setenv("_VIBECODER_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    assert f"plain,{found}" in terminal().out.splitlines()
