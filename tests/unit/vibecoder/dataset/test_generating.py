"""Filling a dataset: simple generators and those with batches, counts in proportion, a journal for after a crash."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from vibecoder import plugins
from vibecoder.config.schema import DataSettings, Settings
from vibecoder.dataset import first_rows
from vibecoder.dataset.generating import Quota, choose_generators, fill, orders
from vibecoder.dataset.store import Dataset
from vibecoder.errors import DataError
from vibecoder.hookspecs import hookimpl
from vibecoder.plugins import Registry
from vibecoder.progress.display import Progress, SilentDisplay
from vibecoder.progress.events import Notice, Shown, Warned
from vibecoder.types import Example, Generated, GenerateJob, GeneratorSpec


def row(text: str) -> Example:
    said = [{"role": "user", "content": text}, {"role": "assistant", "content": "Yes."}]
    return Example(messages=said, category="chat")


def counting(job: GenerateJob) -> Iterator[Generated]:
    for n in range(30 if job.count is None else job.count):
        yield Generated(records=[row(f"number {n} of {job.seed}")])


class Parts:
    """A generator in parts of two that can break, and remembers which parts it made."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.breaks_at = 99

    def batches(self, job: GenerateJob) -> Iterator[Generated]:
        for n in range((job.count or 8) // 2):
            name = f"part {n}"
            if name in job.made:
                assert len(job.made[name]) == 2
                yield Generated(batch=name, records=job.made[name])
                continue
            if n == self.breaks_at:
                raise KeyboardInterrupt
            self.made.append(name)
            records = [row(f"{n} first"), row(f"{n} second")]
            yield Generated(batch=name, records=records, skipped={"too long": 1})

    @hookimpl
    def vibecoder_generators(self) -> list[GeneratorSpec]:
        simple = GeneratorSpec(
            name="counting", category="numbers", summary="numbers", generate=counting, default_count=30
        )
        parts = GeneratorSpec(name="parts", category="parts", summary="parts", generate=self.batches, default_count=10)
        every = GeneratorSpec(name="starter", category="all", summary="rows of all", generate=counting, default_count=5)
        return [simple, parts, every]


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def registry(parts: Parts) -> Registry:
    return plugins.load(parts, installed=False)


def test_generators_are_chosen_by_category_or_name(registry: Registry) -> None:
    assert [spec.name for spec in choose_generators((), registry)] == ["counting", "parts"]
    assert [spec.name for spec in choose_generators(("all",), registry)] == ["counting", "parts"]
    assert [spec.name for spec in choose_generators(("numbers", "counting"), registry)] == ["counting"]
    assert [spec.name for spec in choose_generators(("starter",), registry)] == ["starter"]
    with pytest.raises(DataError, match="no generator of number; did you mean numbers"):
        choose_generators(("number",), registry)
    with pytest.raises(DataError, match="no generator is installed"):
        choose_generators((), plugins.load(installed=False))


def test_a_count_is_shared_in_proportion(registry: Registry) -> None:
    specs = choose_generators((), registry)
    assert [order.count for order in orders(specs, None)] == [30, 10]
    assert [order.count for order in orders(specs, 8)] == [6, 2]
    assert [order.spec.name for order in orders(specs, 1)] == ["counting"]


def test_simple_generators_need_only_count_and_seed(registry: Registry, tmp_path: Path) -> None:
    path, wanted = tmp_path / "rows.jsonl", [Quota(registry.generators["counting"], 25)]
    (outcome,) = fill(path, wanted, GenerateJob(seed=4))
    assert (outcome.made, outcome.added, outcome.missing) == (25, 25, 0)
    (again,) = fill(path, wanted, GenerateJob(seed=4))
    assert (again.made, again.added) == (25, 0)
    assert len(Dataset(path).read().records) == 25


def test_an_interrupted_job_goes_on(registry: Registry, parts: Parts, tmp_path: Path) -> None:
    path, wanted = tmp_path / "rows.jsonl", [Quota(registry.generators["parts"], 8)]
    heard: list[int] = []
    parts.breaks_at = 2
    with pytest.raises(KeyboardInterrupt):
        list(fill(path, wanted, GenerateJob(), lambda order, rows: heard.append(rows)))
    assert (parts.made, heard) == (["part 0", "part 1"], [2, 2])
    parts.breaks_at = 99
    (outcome,) = fill(path, wanted, GenerateJob())
    assert parts.made == ["part 0", "part 1", "part 2", "part 3"]
    assert (outcome.made, outcome.added, outcome.skipped) == (8, 4, {"too long": 2})


def test_a_torn_journal_and_removed_rows_are_made_again(registry: Registry, parts: Parts, tmp_path: Path) -> None:
    path, wanted = tmp_path / "rows.jsonl", [Quota(registry.generators["parts"], 8)]
    list(fill(path, wanted, GenerateJob()))
    whole = path.read_bytes()
    journal = tmp_path / ".rows.jsonl.generated"
    journal.write_bytes(journal.read_bytes()[:-20])
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[1:]))
    parts.made.clear()
    (outcome,) = fill(path, wanted, GenerateJob())
    assert parts.made == ["part 0", "part 3"]
    assert (outcome.made, outcome.added) == (8, 1)
    parts.made.clear()
    list(fill(path, wanted, GenerateJob()))
    assert parts.made == []


class Heard(SilentDisplay):
    """Keeps the notices and warnings."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.warnings: list[str] = []

    def show(self, event: Shown) -> None:
        if isinstance(event, Notice):
            self.notices.append(event.text)
        elif isinstance(event, Warned):
            self.warnings.append(event.text)


def test_rows_are_made_before_training(
    registry: Registry, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = dataclasses.replace(Settings(), data=DataSettings(generate=12))
    heard = Heard()
    parts.breaks_at = 0
    with pytest.raises(KeyboardInterrupt):
        first_rows.make(settings, registry, Progress(heard))
    assert not Path("dataset.jsonl").exists()  # nothing trains on a part of the rows
    parts.breaks_at = 99
    assert first_rows.are_wanted(settings)
    first_rows.make(settings, registry, Progress(heard))
    assert heard.notices[-1].startswith("no dataset.jsonl here: making 12 rows first")
    assert heard.warnings == ["parts: 1 of 3 rows could not be made"]
    assert len(Dataset("dataset.jsonl").read().records) == 11  # 9 and a pair
    assert not first_rows.are_wanted(settings)
    first_rows.make(settings, registry, Progress(heard))
    assert len(heard.notices) == 2


def test_rows_are_not_wanted_where_they_are_named_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wanted = dataclasses.replace(Settings(), data=DataSettings(generate=9))
    assert first_rows.are_wanted(wanted)
    assert not first_rows.are_wanted(Settings())
    assert not first_rows.are_wanted(dataclasses.replace(Settings(), data=DataSettings(generate=9, path="mine.jsonl")))
    heard = Heard()
    first_rows.make(wanted, plugins.load(installed=False), Progress(heard))
    assert heard.warnings == ["no rows can be made: no generator is installed; see `vibecoder plugins`"]
