"""The dependency rule and the size of the rooms: layers, no circles, few modules in each folder."""

from __future__ import annotations

import subprocess
import sys

from support import ROOT

SOURCES = ("vibecoder", "backends", "stages", "datasets_gen", "services")
MODULES_IN_A_FOLDER = 15
MODULES_AT_THE_TOP = 6
DATA = "projects/samples"


def test_import_linter_agrees() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_folder_has_many_modules() -> None:
    folders = {path.parent for source in SOURCES for path in (ROOT / source).rglob("*.py") if DATA not in str(path)}
    crowded = {
        folder.relative_to(ROOT).as_posix(): count
        for folder in folders
        if (count := sum(path.name != "__init__.py" for path in folder.glob("*.py"))) > MODULES_IN_A_FOLDER
    }
    assert not crowded


def test_few_modules_stay_outside_the_rooms() -> None:
    assert len(list((ROOT / "vibecoder").glob("*.py"))) <= MODULES_AT_THE_TOP
