"""The plugin of docs/plugins.md, installed by pip into an empty folder: found, planned with, told of once broken."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import ROOT

EXAMPLE = ROOT / "examples" / "vibecoder_example"
SOURCE = EXAMPLE / "vibecoder_example.py"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages that holds the example alone."""
    return _install(EXAMPLE, tmp_path_factory.mktemp("site"))


def _install(project: Path, target: Path) -> Path:
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*command, "--target", target, project], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def _vibecoder(site: Path, folder: Path, *args: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "vibecoder", *args]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _plugins(site: Path, folder: Path) -> Any:
    return json.loads(_vibecoder(site, folder, "plugins", "--json"))


def test_the_installed_example_is_registered(site: Path, tmp_path: Path) -> None:
    listed = _plugins(site, tmp_path)
    mine = {(row["kind"], row["name"]) for row in listed["registered"] if row["plugin"] == "vibecoder_example"}
    assert mine == {("stages", "manners"), ("generators", "greetings"), ("commands", "greet")}
    assert {"tool-use", "agentic", "full"} <= {row["name"] for row in listed["registered"]}
    assert listed["broken"] == []


def test_its_rows_can_be_planned_with_its_stage(site: Path, tmp_path: Path) -> None:
    """As docs/plugins.md shows it: rows from the generator into dataset.jsonl, then the stage over them."""
    assert "greetings: 8 rows added" in _vibecoder(site, tmp_path, "data", "generate", "manners")
    assert "8 were there already" in _vibecoder(site, tmp_path, "data", "generate", "greetings")
    assert "greetings: 0 rows added, 3 were there" in _vibecoder(
        site, tmp_path, "data", "generate", "manners", "--count=3"
    )
    args = ("--stage", "manners", "--model", "nano", "--profile", "cpu-nano", "--dry-run", "--json")
    (stage,) = json.loads(_vibecoder(site, tmp_path, "train", *args))["plan"]
    assert (stage["name"], stage["counts"]) == ("manners", {"manners": stage["rows"]})


def test_its_command_is_listed_and_runs(site: Path, tmp_path: Path) -> None:
    for _ in range(2):  # the second time from the cache
        assert re.search(r"Commands of plugins:\n  greet +Greet somebody\.", _vibecoder(site, tmp_path, "--help"))
    assert _vibecoder(site, tmp_path, "greet", "Ada") == "Hello, Ada!\n"
    assert "Greet NAME." in _vibecoder(site, tmp_path, "greet", "--help")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("def vibecoder_stages()", "def vibecoder_stage()", "unknown hook 'vibecoder_stage'"),
        ("from vibecoder import CommandSpec", "from vibecoder import Exmaple, CommandSpec", "Exmaple"),
        ("return [Stage(", "return [dict(", "vibecoder_stages answered with dict, not Stage"),
        ("order=40, ", "ordre=40, ", "TypeError"),
    ],
)
def test_a_broken_one_is_reported_and_costs_nothing_else(tmp_path: Path, old: str, new: str, reason: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    text = SOURCE.read_text()
    assert old in text
    (project / SOURCE.name).write_text(text.replace(old, new))
    (project / "pyproject.toml").write_text((EXAMPLE / "pyproject.toml").read_text())
    listed = _plugins(_install(project, tmp_path / "site"), tmp_path)
    (broken,) = listed["broken"]
    assert broken["plugin"] == "vibecoder_example"
    assert reason in broken["reason"]
    assert {"tool-use", "agentic", "full"} <= {row["name"] for row in listed["registered"]}


def test_the_example_is_short_and_the_tutorial_shows_it_as_it_is() -> None:
    text = SOURCE.read_text()
    code = [line for line in text.splitlines() if line.strip() and not line.startswith('"""')]
    assert len(code) < 30
    shown = re.findall(r"```(?:python|toml)\n(.*?)```", (ROOT / "docs" / "plugins.md").read_text(), re.DOTALL)
    assert text in shown
    assert (EXAMPLE / "pyproject.toml").read_text() in shown
