"""A hostile repository costs the rows that it spoils, with a reason each, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support import hostile
from vibecoder.errors import DataError
from vibecoder.workspace import confined, output
from vibecoder.workspace.tools import programs
from vibecoder_datasets.pipeline import plan as catalogue
from vibecoder_datasets.pipeline.units import UnitRunner, WorkUnit
from vibecoder_datasets.projects.catalogue import REPO, project, repository

pytestmark = pytest.mark.skipif(
    confined.isolation() != "namespaces", reason="needs a process namespace to be hostile in"
)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return hostile.make_repository(tmp_path / "repo")


def forget_who_owns_what() -> None:
    catalogue.demand.cache_clear()
    catalogue.reserved_for.cache_clear()


def test_only_text_files_of_the_repository_are_taken(repo: Path) -> None:
    taken = repository(repo).files()
    assert {"harmless.py", "tests/test_harmless.py", "broken.py", "nested.py"} <= set(taken)
    assert not {"passwd.py", "loop.py", "large.py", "everything"} & set(taken)


def test_each_harm_costs_one_row(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.MODULES, "hostile", hostile.__name__)
    monkeypatch.setattr(programs, "SECONDS", 3)
    forget_who_owns_what()
    runner = UnitRunner(tmp_path / "work")
    unit = WorkUnit("hostile", 0, REPO, 0, 1, 6, 0, repo)
    monkeypatch.setattr("vibecoder_datasets.pipeline.units.LIMIT", 1)
    made = runner.make(unit)
    forget_who_owns_what()
    results = {row.provenance["functions"][0].split(":")[1]: row.messages[3]["content"] for row in made.rows}
    assert results["harmless"] == "[1 passed, exit 0]"
    assert results["vandal"] == "[1 passed, exit 0]"
    assert results["garbage"].endswith("[1 failed, exit 1]")
    refused = "forking" in results  # the kernel refused more processes before we counted them
    assert set(results) == {"harmless", "vandal", "garbage"} | ({"forking"} if refused else set())
    stopped = sorted(reason.removeprefix("a program was stopped ") for reason in made.skipped.elements())
    assert stopped[0] in (f"after {programs.SECONDS} s", f"after {confined.WALL * programs.SECONDS} s of waiting")
    assert stopped[1] == f"after {output.MAX_OUTPUT >> 20} MiB of output"
    assert stopped[2:] == ([] if refused else [f"at {confined.PROCESSES} processes"])
    workspace = runner.workspace(REPO, repo)
    assert "value + 1" in (workspace.root / "harmless.py").read_text()
    assert not (workspace.root / "etc").is_symlink()
    assert (repo / "harmless.py").read_text() == hostile.FUNCTION.format(name="harmless")


def test_what_is_no_repository_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a git repository"):
        repository(tmp_path)
    with pytest.raises(DataError, match="no folder"):
        repository(tmp_path / "none")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with pytest.raises(DataError, match="not a git repository with a commit"):
        repository(tmp_path)
    with pytest.raises(DataError, match="need --repo PATH"):
        project(REPO)
