"""The bash tool runs what it may, as a shell would, and refuses what could change or leave the workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder.workspace.tools.by_name import run_tool


def bash(samples: Workspace, command: str) -> str:
    return run_tool(samples, "bash", {"command": command})


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pwd", "."),
        ("echo one 'two three'", "one two three"),
        ("wc -l shop/cart.py", "13 shop/cart.py"),
        ("head -n 1 shop/cart.py", '"""A shopping cart as a mapping from item to count."""'),
        ("sed -n '1,1p' shop/cart.py", '"""A shopping cart as a mapping from item to count."""'),
        ("grep -rn 'def clamp' numkit", "numkit/clamp.py:4:def clamp(value: int, low: int, high: int) -> int:"),
        ("ls shop | grep cart && echo done", "cart.py\ndone"),
        ("find shop -name 'c*.py'", "shop/cart.py\nshop/coupon.py"),
        ("cat shop/none.py", "cat: shop/none.py: No such file or directory\n[exit 1]"),
        ("grep nothing shop/cart.py && echo never", "[exit 1]"),
        ("python -c 'print(3 * 4); print(5)'", "12\n5"),
        ("python -m pytest -q tests/test_cart.py | tail -n 1", "2 passed"),
    ],
)
def test_what_it_runs(samples: Workspace, command: str, expected: str) -> None:
    assert bash(samples, command) == expected


@pytest.mark.parametrize(
    "command",
    [
        "rm shop/cart.py",
        "cat shop/cart.py; rm shop/cart.py",
        "cat shop/cart.py > copy.py",
        "echo $(rm shop/cart.py)",
        'echo "`rm shop/cart.py`"',
        'echo "$HOME"',
        "cat shop/*.py",
        "sleep 5 &",
        "false || rm shop/cart.py",
        "cat shop/cart.py\nrm shop/cart.py",
        "cat /etc/passwd",
        "cat ../../etc/passwd",
        "cat shop/../../x",
        "grep -f/etc/passwd x",
        "grep --file=/etc/passwd x shop/cart.py",
        "sort -o shop/cart.py shop/cart.py",
        "sort -roshop/cart.py shop/coupon.py",
        "uniq shop/cart.py shop/coupon.py",
        "find . -delete",
        "find . -exec rm {} +",
        "sed -i s/a/b/ shop/cart.py",
        "sed -n 1e shop/cart.py",
        "sed -n '1w copy' shop/cart.py",
        "tail -f shop/cart.py",
        "python",
        "python -m http.server",
        "pytest -p evil",
        "pytest --rootdir=/",
        "cargo install ripgrep",
        "cat 'unclosed",
        "",
        "   ",
        "| cat",
        "echo " + "x" * 500,
    ],
)
def test_what_it_refuses(samples: Workspace, command: str) -> None:
    before = {path: samples.text(path) for path in samples.files}
    assert bash(samples, command).startswith("error: ")
    samples.after_run()
    assert {path: samples.text(path) for path in samples.files} == before


def test_a_link_out_cannot_be_read(samples: Workspace, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("xyzzy")
    (samples.root / "link").symlink_to(tmp_path)
    assert bash(samples, "cat link/secret") == "error: link/secret is outside the project"
    assert bash(samples, "grep -rn xyzzy .") == "[exit 1]"
    samples.after_run()
    samples.reset()
    assert not (samples.root / "link").exists()


def test_what_a_program_changes_is_seen_and_undone(samples: Workspace) -> None:
    edits = (
        "import pathlib; pathlib.Path('shop/cart.py').write_text('x = 1'); pathlib.Path('new/a.py').mkdir(parents=True)"
    )
    bash(samples, f'python -c "{edits}"')
    assert run_tool(samples, "read_file", {"path": "shop/cart.py"}).startswith("x = 1")
    samples.reset()
    assert "cart" in run_tool(samples, "read_file", {"path": "shop/cart.py"})
    assert not (samples.root / "new").exists()
