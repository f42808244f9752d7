"""The notebook for Colab runs from its first cell to its last, on nano."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import ROOT
from support.rows import reading
from vibecoder.dataset.store import Dataset
from vibecoder.export.ollama.lint import lint

pytest.importorskip("gguf")
pytest.importorskip("xllamacpp")
NANO = {
    "MODEL": "nano",
    "DATASET": "mine.jsonl",
    "STAGES": "tool-use",
    "PROFILE": "cpu-nano",
    "BACKEND": "mlx",
    "SETTINGS": ["train.max_steps=2", "evaluate.prompts=2", "evaluate.samples=1"],
    "QUANTIZATION": "Q8_0",
    "INSTALL": "",
}
"""What the cell of parameters says otherwise here."""


def test_the_notebook_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = json.loads((ROOT / "examples" / "colab.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    Dataset(tmp_path / "mine.jsonl").append([reading(number) for number in range(40)])
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
        if "parameters" in cell["metadata"].get("tags", ()):
            assert NANO.keys() <= names.keys()
            names |= NANO
    said = capsys.readouterr().out
    assert "ollama run nano-tuned:q8_0" in said
    assert "not in Colab" in said
    assert [path.name for path in names["FILES"]] == ["Modelfile", "nano-tuned-Q8_0.gguf"]
    found = lint((tmp_path / "export" / "Modelfile").read_text(), tmp_path / "export")
    assert not any(each.is_error for each in found)
