"""The tools do what their schemas say, refuse what they must, and leave the workspace as it was when asked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder.workspace.tools import programs, text
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.projects.catalogue import Project


def test_read_file(samples: Workspace) -> None:
    shown = run_tool(samples, "read_file", {"path": "shop/cart.py", "start": 4, "end": 6})
    text = (samples.root / "shop/cart.py").read_text().splitlines()
    assert shown == "\n".join([*text[3:6], f"[lines 4-6 of {len(text)}]"])
    assert "lines 1-14" in run_tool(samples, "read_file", {"path": "shop/payment.py"})
    assert run_tool(samples, "read_file", {"path": "shop/cart.py", "start": 99}).startswith("error: shop/cart.py has ")


def test_a_missing_path_names_a_similar_one(samples: Workspace) -> None:
    assert run_tool(samples, "read_file", {"path": "src/cart.py"}).endswith("similar: shop/cart.py")
    assert run_tool(samples, "read_file", {"path": "zzz"}) == "error: no such path: zzz"


def test_grep(samples: Workspace) -> None:
    assert run_tool(samples, "grep", {"pattern": "def clamp", "path": "numkit"}).splitlines() == [
        "numkit/clamp.py:4:def clamp(value: int, low: int, high: int) -> int:",
        "[1 match in 1 file]",
    ]
    assert run_tool(samples, "grep", {"pattern": "no such text"}) == "no matches"
    assert run_tool(samples, "grep", {"pattern": "clamp("}).startswith("error: bad pattern")
    many = run_tool(samples, "grep", {"pattern": "def "}).splitlines()
    assert len(many) == text.MAX_HITS + 2
    assert many[-2] == "..."


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("shop/ca*.py", ["shop/cart.py"]),
        ("**/cart.py", ["shop/cart.py"]),
        ("**/test_cart.py", ["tests/test_cart.py"]),
        ("*.txt", ["no files"]),
    ],
)
def test_glob(samples: Workspace, pattern: str, expected: list[str]) -> None:
    found = run_tool(samples, "glob", {"pattern": pattern}).splitlines()
    assert [line for line in found if not line.startswith("[")] == expected


def test_list_files(samples: Workspace) -> None:
    assert run_tool(samples, "list_files", {"path": "."}).splitlines()[:2] == ["agenda/", "numkit/"]
    assert "cart.py" in run_tool(samples, "list_files", {"path": "shop"}).splitlines()
    assert "not a folder" in run_tool(samples, "list_files", {"path": "shop/cart.py"})


def test_edit_and_reset(samples: Workspace) -> None:
    before = (samples.root / "shop/cart.py").read_text()
    edit = {"path": "shop/cart.py", "old": "cart[item] -= 1", "new": "cart[item] -= 2"}
    assert run_tool(samples, "edit_file", edit) == "edited shop/cart.py"
    assert run_tool(samples, "edit_file", edit) == "error: the old text is not in shop/cart.py"
    assert "occurs" in run_tool(samples, "edit_file", {**edit, "old": "item"})
    assert run_tool(samples, "write_file", {"path": "a/b.py", "content": "x\n"}) == "created a/b.py (1 line)"
    assert run_tool(samples, "write_file", {"path": "a/b.py", "content": "y\n"}) == "replaced a/b.py (1 line)"
    samples.reset()
    assert (samples.root / "shop/cart.py").read_text() == before
    assert not (samples.root / "a/b.py").exists()
    assert "a/b.py" not in samples.files


@pytest.mark.parametrize("path", ["../outside.py", "/etc/outside.py", "shop/../../outside.py"])
def test_nothing_is_written_outside(samples: Workspace, path: str) -> None:
    assert run_tool(samples, "write_file", {"path": path, "content": "x"}) == f"error: {path} is outside the project"
    assert not (samples.root.parent / "outside.py").exists()


def test_a_link_out_is_no_way_out(samples: Workspace, tmp_path: Path) -> None:
    (samples.root / "link").symlink_to(tmp_path)
    assert "outside" in run_tool(samples, "write_file", {"path": "link/file.py", "content": "x"})
    assert list(tmp_path.iterdir()) == []


def test_run_tests_red_and_green(samples: Workspace) -> None:
    assert run_tool(samples, "run_tests", {"path": "tests/test_cart.py"}) == "[2 passed, exit 0]"
    assert run_tool(samples, "run_tests", {"path": "tests/test_cart.py::test_add_item"}) == "[1 passed, exit 0]"
    run_tool(samples, "edit_file", {"path": "shop/cart.py", "old": ", 0) + count", "new": ", 0) - count"})
    red = run_tool(samples, "run_tests", {"path": "tests/test_cart.py"}).splitlines()
    assert red[0] == "test_add_item"
    assert red[1].startswith("tests/test_cart.py:")
    assert red[-1] == "[1 failed, 1 passed, exit 1]"


def test_every_sample_is_green(samples: Workspace) -> None:
    count = sum(path.startswith("tests/") for path in samples.files)
    assert count * 2 == len(samples.files)
    assert run_tool(samples, "run_tests", {"path": "tests"}).endswith("passed, exit 0]")


def test_run_python(samples: Workspace) -> None:
    code = "from numkit.clamp import clamp; print(clamp(5, 1, 3))"
    assert run_tool(samples, "run_python", {"code": code}) == "3"
    assert run_tool(samples, "run_python", {"code": "1 / 0"}).splitlines() == [
        "ZeroDivisionError: division by zero",
        "[exit 1]",
    ]


@pytest.mark.parametrize(
    "shown",
    [
        "<Cart object at 0x7fac76b96950>",
        "RandomState(MT19937) at 0X7FE1C4550C40",
        "<shop....x7fac76b96950>",
        "<a...76b96950>",
    ],
)
def test_addresses_are_not_told(samples: Workspace, shown: str) -> None:
    said = run_tool(samples, "run_python", {"code": f"print({shown!r})"})
    assert "0x..." in said
    assert "96950" not in said
    assert "0C40" not in said


def test_an_endless_program_is_stopped(samples: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SECONDS", 1)
    forking = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    assert (
        run_tool(samples, "run_python", {"code": f"{forking}; time.sleep(600)"})
        == "error: stopped after 10 s of waiting"
    )


def test_endless_output_is_cut(samples: Workspace) -> None:
    result = run_tool(samples, "run_python", {"code": "while True: print('x' * 1000)"})
    assert len(result) < 5_000


def test_powertools(samples: Workspace) -> None:
    assert run_tool(samples, "definition", {"name": "clamp"}).startswith("numkit/clamp.py:4-6 def clamp(")
    assert run_tool(samples, "definition", {"name": "clampp"}).endswith("similar: clamp")
    assert run_tool(samples, "functions", {"path": "shop/cart.py"}).splitlines()[-1] == "[2 functions]"
    assert run_tool(samples, "classes", {"path": "shop/cart.py"}) == "no classes in shop/cart.py"
    assert run_tool(samples, "stats", {"path": "shop/cart.py"}).startswith("files 1, lines 13, functions 2, classes 0")
    assert run_tool(samples, "index", {"path": "shop"}).endswith("0 classes")


def test_references_are_uses_and_not_mentions(samples: Workspace) -> None:
    text = '"""clamp is fine."""\nfrom numkit.clamp import clamp\n\n# clamp again\nprint("clamp", clamp(1, 2, 3))\n'
    samples.write("extra.py", text)
    found = run_tool(samples, "references", {"name": "clamp"}).splitlines()
    assert [line for line in found if line.startswith("extra.py")] == [
        "extra.py:2:from numkit.clamp import clamp",
        'extra.py:5:print("clamp", clamp(1, 2, 3))',
    ]
    assert run_tool(samples, "references", {"name": "nothing_here"}) == "no references to nothing_here"


def test_invalid_python_is_an_error_not_a_crash(samples: Workspace) -> None:
    samples.write("broken.py", "def broken(:\n")
    assert run_tool(samples, "functions", {"path": "broken.py"}).startswith("error: broken.py:1: ")


def test_an_uninstalled_package_is_named() -> None:
    project = Project("missing", "no_such_package_here", ("x",))
    with pytest.raises(Exception, match="no_such_package_here is not installed"):
        project.root()
