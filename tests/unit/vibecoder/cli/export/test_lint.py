"""`vibecoder export lint`, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

from support.terminal import Terminal


def test_findings_are_printed_and_errors_end_with_status_2(tmp_path: Path, terminal: Terminal) -> None:
    path = tmp_path / "Modelfile"
    path.write_text("FROM a\nPARAM stop x\n")
    said = terminal("export", "lint", path, status=2)
    assert said.out == "error: line 2: PARAM is no instruction; did you mean PARAMETER?\n"
    path.write_text("FROM a\nPARAMETER stop 'x'\n")
    assert terminal("export", "lint", path).out.startswith("warning: line 2: the quotes of 'x'")
    found = json.loads(terminal("export", "lint", path, "--json").out)
    assert [each["line"] for each in found] == [2]
    path.write_text("FROM a\n")
    assert "nothing to complain of" in terminal("export", "lint", path).out
    assert "give the path of a Modelfile" in terminal("export", "lint", tmp_path / "none", status=2).err
