"""A workspace gives every text its own bytecode, and is as it was copied once it is reset."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.projects.catalogue import opened

PATH, TEST = "shop/cart.py", "tests/test_cart.py"


@pytest.fixture
def place() -> Iterator[Workspace]:
    with opened("samples") as found:
        yield found


def outcome(place: Workspace) -> str:
    return run_tool(place, "run_tests", {"path": TEST}).splitlines()[-1]


def test_no_run_sees_the_bytecode_of_another_text(place: Workspace) -> None:
    """The texts have one length and are written within a second: only their times tell them apart."""
    good = place.text(PATH)
    bad = good.replace(", 0) + count", ", 0) - count")
    assert len(good) == len(bad)
    for _ in range(2):
        assert outcome(place) == "[2 passed, exit 0]"
        place.write(PATH, bad)
        assert outcome(place) == "[1 failed, 1 passed, exit 1]"
        place.write(PATH, good)
        assert outcome(place) == "[2 passed, exit 0]"
        place.write(PATH, bad)
        place.reset()


def test_runs_leave_nothing_behind(place: Workspace) -> None:
    before = sorted(place.root.rglob("*"))
    outcome(place)
    place.write("new/deep/file.py", "x = 1\n")
    place.reset()
    assert sorted(place.root.rglob("*")) == before


def test_what_is_no_text_is_there_but_not_read(place: Workspace) -> None:
    code = "open('data.bin', 'wb').write(bytes(range(256)))"
    run_tool(place, "run_python", {"code": code})
    assert "data.bin" not in place.files
    assert run_tool(place, "read_file", {"path": "data.bin"}).startswith("error: ")
    place.reset()
    assert not (place.root / "data.bin").exists()
