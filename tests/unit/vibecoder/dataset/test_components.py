"""No text of a held-out file stands in a training row, whatever a history changes together, renames or shows."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from support.git_history import History
from support.leaks import shared_words
from vibecoder.dataset.importing import run_import
from vibecoder.dataset.split import split
from vibecoder.dataset.store import Dataset
from vibecoder.types import ImporterSpec, ImportJob, Record
from vibecoder_datasets.importers import FIM, GIT

LETTERS = "abcdefghijklmnop"


@dataclass
class Project:
    """Files whose lines are words of their own, and the commits that change them."""

    rng: random.Random
    history: History = field(default_factory=History)
    files: dict[str, list[str]] = field(default_factory=dict)
    made: int = 0

    def line(self) -> str:
        self.made += 1
        return f"x{self.made} = '" + " ".join(f"w{self.made}q{n}" for n in range(14)) + "'"

    def start(self, count: int) -> None:
        self.files = {f"{LETTERS[n]}.py": [self.line() for _ in range(12)] for n in range(count)}
        self.history.commit("Initial commit", self.contents(self.files))

    def contents(self, names: Mapping[str, object]) -> dict[str | bytes, bytes | None]:
        return {name: ("\n".join(self.files[name]) + "\n").encode() for name in names}

    def change(self, names: list[str]) -> None:
        for name in names:
            self.files[name][self.rng.randrange(12)] = self.line()
        self.history.commit(f"Change {' and '.join(names)}", self.contents(dict.fromkeys(names)))

    def rename(self, name: str) -> None:
        new = f"{name.removesuffix('.py')}_{self.made}.py"
        self.files[new] = self.files.pop(name)
        self.files[new][0] = self.line()
        self.history.commit(f"Rename {name}", self.contents({new: 1}), renames={name: new})


def imported(folder: Path, repo: Path, specs: list[tuple[ImporterSpec, dict[str, int]]]) -> tuple[Record, ...]:
    into = folder / "rows.jsonl"
    for spec, options in specs:
        run_import(spec, ImportJob(repo, options=options), into)
    return Dataset(into).read().records


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 12), st.integers(3, 30), st.randoms(use_true_random=False), st.booleans(), st.integers(0, 2))
def test_no_words_of_a_held_out_file_are_trained_on(
    files: int, commits: int, rng: random.Random, has_hub: bool, context: int
) -> None:
    project = Project(rng)
    project.start(files)
    for _ in range(commits):
        names = rng.sample(sorted(project.files), min(len(project.files), rng.choice([1, 1, 1, 2, 3])))
        if has_hub and rng.random() < 0.5 and "a.py" in project.files:
            names = list(dict.fromkeys([*names[:2], "a.py"]))
        if rng.random() < 0.1:
            project.rename(names[0])
        else:
            project.change(names)
    with tempfile.TemporaryDirectory() as scratch:
        repo = project.history.write(Path(scratch) / "app")
        rows = imported(Path(scratch), repo, [(GIT, {}), (FIM, {"per_file": 2, "context": context})])
    for share, seed in ((0.15, 0), (0.3, 1), (0.5, 2)):
        train, held = split(rows, share, seed)
        assert shared_words(train, held) == set()
        assert {row.id for row in train}.isdisjoint(row.id for row in held)


def test_files_that_change_together_are_held_out_together(tmp_path: Path) -> None:
    project = Project(random.Random(1))
    project.start(16)
    names = sorted(project.files)
    for one, other in zip(names[::2], names[1::2], strict=True):
        project.change([one, other])
        project.change([one])
        project.change([other])
    rows = imported(tmp_path, project.history.write(tmp_path / "app"), [(GIT, {})])
    train, held = split(rows, 0.3, 0)
    assert len(train) + len(held) == len(rows) == 24
    assert len(held) == 6
    assert shared_words(train, held) == set()


def test_a_file_that_all_commits_share_costs_only_the_rows_between(tmp_path: Path) -> None:
    project = Project(random.Random(2))
    project.start(16)
    names = sorted(project.files)[1:]
    for name in names:
        project.change([name])
        project.change([name])
        project.change([name, "a.py"])
    rows = imported(tmp_path, project.history.write(tmp_path / "app"), [(GIT, {})])
    train, held = split(rows, 0.3, 0)
    assert shared_words(train, held) == set()
    assert len(held) >= 6
    assert 0 < len(rows) - len(train) - len(held) <= 5
    assert len(train) >= 30
