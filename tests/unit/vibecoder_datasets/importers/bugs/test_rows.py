"""`from-bugs` on a real repository whose tests are really run: what fails, fails, and the patch repairs it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.git_history import History, git
from vibecoder.dataset.importing import run_import
from vibecoder.dataset.records import to_line
from vibecoder.dataset.store import Dataset
from vibecoder.types import Example, Imported, ImportJob
from vibecoder.workspace.tools import programs
from vibecoder_datasets.importers import BUGS
from vibecoder_datasets.importers.bugs.repair import unified
from vibecoder_datasets.importers.bugs.rows import rows

OPTIONS = {"source": "both", "per_function": 1, "max_lines": 60, "rev": None}
SHOP = '''"""Prices."""


def total_price(prices):
    """The sum of prices."""
    total = 0
    for price in prices:
        total = total + price
    return total


def cheapest_item(prices):
    """The smallest price, None where there is none."""
    return min(prices) if prices else None


def untested_function(value):
    return value + 1
'''
TESTS = """from shop.prices import cheapest_item, total_price


def test_total_price():
    assert total_price([1, 2, 3]) == 6


def test_cheapest_item():
    assert cheapest_item([3, 1, 2]) == 1
"""
ROUNDING = SHOP + "\n\ndef rounded_half(value):\n    return value // 2\n"
FIXED = ROUNDING.replace("value // 2", "(value + 1) // 2").replace("Prices.", "Prices, and parts of them.")
_TEST = "\n\ndef test_{name}():\n    from shop.prices import rounded_half\n\n    {body}\n"
ROUNDING_TEST = TESTS + _TEST.format(name="rounded_half", body="assert rounded_half(3) == 2")
LIST_TEST = ROUNDING_TEST + "\n\ndef test_of_a_tuple():\n    assert total_price((1, 2)) == 3\n"
ENDLESS_TEST = TESTS + _TEST.format(name="endless", body="while rounded_half(1):\n        pass")


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    h = History()
    prices, tests = "src/shop/prices.py", "tests/test_prices.py"
    h.commit("Initial commit", {prices: SHOP.encode(), "src/shop/__init__.py": b"", tests: TESTS.encode()})
    h.commit("Add half of a price", {prices: ROUNDING.encode()})
    fixed = {prices: FIXED.encode(), tests: ROUNDING_TEST.encode()}
    h.commit("Fix the rounding of a half\n\nThree makes two, not one.", fixed)
    h.commit("Fix nothing that a test sees", {prices: FIXED.encode() + b"END = 1\n", tests: LIST_TEST.encode()})
    h.commit("Fix it with an endless test", {prices: FIXED.encode(), tests: ENDLESS_TEST.encode()})
    h.commit("Fix a comment", {prices: FIXED.encode() + b"# end\n", tests: TESTS.encode()})
    h.commit("Fix the words only", {"README.md": b"Prices\n"})
    return h.write(tmp_path_factory.mktemp("bugs") / "shop")


@pytest.fixture(autouse=True, scope="module")
def _short_runs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs, "SECONDS", 3)
        yield


def collect(repo: Path, **options: object) -> tuple[list[Example], Counter[str]]:
    units: list[Imported] = list(rows(ImportJob(repo, options={**OPTIONS, **options})))
    skipped: Counter[str] = Counter()
    for unit in units:
        skipped.update(unit.skipped)
    return [record for unit in units for record in unit.records], skipped  # type: ignore[misc]


def diff_of(row: Example) -> str:
    found = re.fullmatch(r"```diff\n(.*)```\nReason: [^\n]+", row.messages[2]["content"], re.DOTALL)
    assert found
    return found[1]


def run_tests(folder: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", "."]
    # A patch of the same length within the same second would leave bytecode that looks fresh.
    variables = {"PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([*command, "tests"], cwd=folder, env=variables, capture_output=True).returncode


def test_a_fix_is_the_least_that_its_own_tests_need(repo: Path, tmp_path: Path) -> None:
    found, skipped = collect(repo, source="fixes")
    [row] = found
    assert (row.category, row.subcategory, row.verification) == ("bug-fix", "fix", "executed")
    assert row.group == "shop:src/shop/prices.py"
    user = row.messages[1]["content"]
    assert "assert rounded_half(3) == 2" in user
    assert "[1 failed, exit 1]" in user
    assert "    return value // 2\n" in user
    assert row.messages[2]["content"].endswith("Reason: Three makes two, not one.")
    changed = [line for line in diff_of(row).splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["-    return value // 2", "+    return (value + 1) // 2"], "the docstring was not needed"
    assert skipped == {
        "a fix of words alone": 1,
        "a fix whose tests pass without it": 1,
        "a fix whose tests cannot be run before it": 1,
    }

    fix = str(row.provenance["commit"])
    git(tmp_path, "clone", "-q", str(repo), "work")
    git(tmp_path / "work", "checkout", "-q", f"{fix}~1")
    git(tmp_path / "work", "checkout", "-q", fix, "--", "tests")
    assert run_tests(tmp_path / "work") == 1
    git(tmp_path / "work", "apply", "-", stdin=diff_of(row).encode())
    assert run_tests(tmp_path / "work") == 0


def test_mutants_fail_their_tests_and_the_patches_repair_them(repo: Path, tmp_path: Path) -> None:
    job = ImportJob(repo, options={"source": "mutants", "rev": "main~4"})
    first = run_import(BUGS, job, tmp_path / "rows.jsonl")
    assert first.dropped == {"a function without a test that names it": 1}
    rows = Dataset(tmp_path / "rows.jsonl").read().records
    assert {row.provenance["function"] for row in rows} == {"total_price", "cheapest_item", "rounded_half"}
    git(tmp_path, "clone", "-q", str(repo), "work")
    git(tmp_path / "work", "checkout", "-q", "main~4")
    for row in rows:
        assert isinstance(row, Example)
        assert (row.subcategory, row.verification) == ("mutant", "executed")
        assert re.search(r"\[\d failed.*, exit 1\]", row.messages[1]["content"])
        git(tmp_path / "work", "apply", "--reverse", "-", stdin=diff_of(row).encode())
        if row is rows[0]:
            assert run_tests(tmp_path / "work") == 1, "with the bug"
        git(tmp_path / "work", "apply", "-", stdin=diff_of(row).encode())
        line = to_line(row).decode()
        assert "/tmp" not in line
        assert str(repo.parent) not in line
    assert git(tmp_path / "work", "diff") == b"", "all patches together give the commit"
    assert run_tests(tmp_path / "work") == 0, "without them"

    again = run_import(BUGS, job, tmp_path / "rows.jsonl")
    assert again.units == 0, "nothing is run twice"
    other = run_import(BUGS, job, tmp_path / "other.jsonl")
    assert other.added == 3
    assert (tmp_path / "rows.jsonl").read_bytes() == (tmp_path / "other.jsonl").read_bytes()


@pytest.mark.parametrize(("before", "after"), [("a\nb", "a\nc"), ("a\nb", "a\nb\n"), ("x\n" * 9, "x\n" * 8)])
def test_a_diff_of_two_texts_applies_by_git(before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(before.encode())
    git(tmp_path, "apply", "-", stdin=unified("a.py", before, after))
    assert (tmp_path / "a.py").read_bytes() == after.encode()
