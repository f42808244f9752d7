"""`vibecoder compare`, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from verdicts import verdicts

from vibecoder.cli import main
from vibecoder.evaluate.results import write_results


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    write_results(tmp_path / "base", {"model": "nano"}, verdicts([True] * 5 + [False] * 25))
    write_results(tmp_path / "tuned", {"model": "nano", "adapter": "a"}, verdicts([False] * 2 + [True] * 28))
    return tmp_path / "base", tmp_path / "tuned"


def compare(capsys: pytest.CaptureFixture[str], *args: object, status: int = 0) -> tuple[str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["compare", *map(str, args)])
    out, err = capsys.readouterr()
    assert stopped.value.code == status, err
    return out, err


def test_a_table_the_lost_prompts_and_a_picture(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = compare(capsys, *folders, "--show", 1)
    for word in ("nano with a", "16.7%", "93.3%", "+76.7", "tool-calls", "lost: tool-calls/0", "and 1 more"):
        assert word in out
    assert (folders[1] / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_json(folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(compare(capsys, *folders, "--json", "--png", tmp_path / "else.png")[0])
    (row,) = shown["rows"]
    assert (row["prompts"], row["gained"], row["lost"]) == (30, 25, 2)
    assert 0.5 < row["low"] < row["difference"] < row["high"] <= 1
    assert row["p"] < 1e-4
    assert shown["lost"] == ["tool-calls/0", "tool-calls/1"]
    assert (tmp_path / "else.png").exists()
    assert json.loads(compare(capsys, *folders, "--json", "--seed", 0)[0])["rows"] == shown["rows"]


def test_what_holds_no_results_says_how_to_make_some(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    _, err = compare(capsys, tmp_path, tmp_path, status=2)
    assert f"vibecoder eval --adapter {tmp_path}" in err
    _, err = compare(capsys, tmp_path / "nowhere", tmp_path, status=2)
    assert "there is no" in err
    assert err.count("\n") == 1
