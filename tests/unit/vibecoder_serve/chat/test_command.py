"""`vibecoder chat` on a real model, and what it cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("xllamacpp")

from support.small_nano import small_nano
from vibecoder.dataset.store import Dataset
from vibecoder.errors import ConfigError
from vibecoder_serve.chat.command import chat


def test_a_talk_with_tools_and_a_vote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIBECODER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.py").write_text("x = 1\n")
    typed = iter(["Hello", "/good", "/changes"])

    def answer(prompt: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", answer)
    words = [str(small_nano()), "--engine", "llama.cpp", "--workspace", str(tmp_path / "work"), "--max-tokens", "5"]
    chat.main([*words, "--votes", str(tmp_path / "votes.jsonl"), "--system", "Be brief."], standalone_mode=False)
    said = capsys.readouterr().out
    assert "nano (llama.cpp); /help lists the commands" in said
    assert "(cut at 5 tokens; --max-tokens)" in said
    assert "nothing was changed" in said
    (row,) = Dataset(tmp_path / "votes.jsonl").read().records
    assert [message["content"] for message in row.messages] == ["Be brief.", "Hello"]  # type: ignore[union-attr]


def test_a_base_alone_is_compared_with_nothing() -> None:
    with pytest.raises(ConfigError, match="give an adapter"):
        chat.main([str(small_nano()), "--compare"], standalone_mode=False)
