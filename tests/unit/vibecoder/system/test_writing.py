"""Folders that are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibecoder.errors import OutputError
from vibecoder.system.writing import atomic_folder, write_json


def test_a_failed_write_leaves_the_old_folder(tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    with atomic_folder(folder) as scratch:
        (scratch / "whole").write_text("x")

    def fail() -> None:
        with atomic_folder(folder) as scratch:
            (scratch / "half").write_text("x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [path.name for path in folder.iterdir()] == ["whole"]
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="a part of the path is a file"), atomic_folder(tmp_path / "file" / "adapter"):
        pass
    with pytest.raises(OutputError, match="a part of the path is a file"):
        write_json(tmp_path / "file" / "run.json", {})
