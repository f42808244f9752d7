"""`vibecoder export colab`, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

from support.terminal import Terminal


def test_parameters_are_filled_in_and_the_rest_stays(tmp_path: Path, terminal: Terminal) -> None:
    target = tmp_path / "new" / "mine.ipynb"
    words = ("--model", "me/coder", "--stage", "tool-use", "--set", "train.epochs=2", "--set", "seed=1")
    assert terminal("export", "colab", *words, "--output", target).out == f"{target}\n"
    notebook = json.loads(target.read_text())
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    names: dict[str, object] = {}
    exec("".join(cell["source"]), names)
    assert (names["MODEL"], names["STAGES"], names["SETTINGS"]) == (
        "me/coder",
        "tool-use",
        ["train.epochs=2", "seed=1"],
    )
    assert (names["PROFILE"], names["QUANTIZATION"]) == ("t4-16gb", "Q4_K_M")


def test_a_setting_that_is_none_is_refused(tmp_path: Path, terminal: Terminal) -> None:
    target = tmp_path / "mine.ipynb"
    assert "error" in terminal("export", "colab", "--set", "seed", "--output", target, status=2).err
    assert not target.exists()
