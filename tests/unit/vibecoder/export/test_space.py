"""The disk is asked before something large is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibecoder.errors import OutputError
from vibecoder.export.space import check_space, fresh_file


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path) -> None:
    check_space(tmp_path / "not" / "yet", 1000)
    with pytest.raises(OutputError, match=r"GiB are needed; free some space"):
        check_space(tmp_path / "not" / "yet", 2**60)
    assert not list(tmp_path.iterdir())


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file"
    with fresh_file(target) as scratch:
        scratch.write_text("one")
    with pytest.raises(OutputError, match="a part of the path is a file"):
        _write_half(target)
    assert target.read_text() == "one"
    assert list(target.parent.iterdir()) == [target]


def _write_half(target: Path) -> None:
    with fresh_file(target) as scratch:
        scratch.write_text("tw")
        (target / "below").mkdir()
