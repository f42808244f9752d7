"""tests/unit mirrors the tree: tests/unit/X/test_Y.py tests X/Y.py, or X/__init__.py as test_init.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import ROOT

UNIT = ROOT / "tests" / "unit"
SOURCE_ROOTS = ("", "backends", "stages", "datasets_gen", "services")


@pytest.mark.parametrize("test", sorted(UNIT.rglob("test_*.py")), ids=lambda path: path.relative_to(UNIT).as_posix())
def test_what_is_tested_is_where_the_test_is(test: Path) -> None:
    folder, name = test.parent.relative_to(UNIT), test.stem.removeprefix("test_")
    names = {f"{name}.py", f"{name}.sh", name} if name != "init" else {"__init__.py"}
    places = [ROOT / root / folder / each for root in SOURCE_ROOTS for each in names]
    assert any(place.exists() for place in places), f"no {folder / name} in the tree; move the test, or its module back"


def test_every_test_is_of_one_of_the_three_kinds() -> None:
    tests = ROOT / "tests"
    loose = [path for path in tests.rglob("test_*.py") if path.relative_to(tests).parts[0] not in KINDS]
    assert not loose


KINDS = ("unit", "flows", "repo")
