"""The record of an export is read back as it was written, and names what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibecoder.errors import ModelError
from vibecoder.export.record import RECORD, ExportRecord


def test_a_record_is_read_back(tmp_path: Path) -> None:
    record = ExportRecord(form="gguf", model="nano", files={"a.gguf": {"quantization": "F16"}})
    record.write(tmp_path)
    assert ExportRecord.read(tmp_path) == record


@pytest.mark.parametrize("text", [None, "{", "[]", '{"odd": 1}'])
def test_other_folders_are_no_exports(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / RECORD).write_text(text)
    with pytest.raises(ModelError, match="is no export of vibecoder"):
        ExportRecord.read(tmp_path)
