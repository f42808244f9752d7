"""The rows that ship: as many as promised of each kind, valid, each once, short enough; a sample of them replays."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from vibecoder import plugins
from vibecoder.dataset.generating import generated_records
from vibecoder.dataset.records import content_id
from vibecoder.errors import DataError
from vibecoder.types import Example, GenerateJob
from vibecoder_datasets import CATEGORIES, CURRICULUM, STARTER
from vibecoder_datasets.checking import claims
from vibecoder_datasets.pipeline.generator import replay
from vibecoder_datasets.pipeline.plan import quotas
from vibecoder_datasets.projects.catalogue import PROJECTS

ROWS = [row for row in generated_records(CURRICULUM) if isinstance(row, Example)]


def test_both_are_offered_and_have_as_many_rows_as_they_say() -> None:
    offered = plugins.load().generators
    for spec in (CURRICULUM, STARTER):
        assert offered[spec.name] is spec
        assert sum(1 for _ in generated_records(spec)) == spec.default_count


def test_the_curriculum_is_all_that_is_planned() -> None:
    assert Counter(row.category for row in ROWS) == {spec.name: spec.default_count for spec in CATEGORIES}
    for spec in CATEGORIES:
        planned: Counter[str] = Counter()
        for quota in quotas(spec.name):
            planned[quota.subcategory] += quota.count
        assert Counter(row.subcategory for row in ROWS if row.category == spec.name) == planned


def test_every_row_is_there_once_and_says_what_made_it() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.id == content_id(row)
        assert row.provenance["generator"] == row.category
        assert row.provenance["project"] in PROJECTS


def test_no_call_misfits_its_schema() -> None:
    assert [(row.id, wrong) for row in ROWS if (wrong := claims.misfits(row))] == []


def test_a_sample_gives_the_same_bytes_again() -> None:
    sample = [
        row for row in ROWS[7::180] if row.provenance["source"] == PROJECTS[row.provenance["project"]].source
        and row.provenance["project"] != "native"
    ]  # fmt: skip
    assert len(sample) > 9
    assert [reasons for reasons in replay(sample, GenerateJob(workers=1)) if reasons] == []


def test_a_count_and_a_seed_choose_rows() -> None:
    chosen = [row.id for row in generated_records(CURRICULUM, 20, 1)]
    assert chosen == [row.id for row in generated_records(CURRICULUM, 20, 1)]
    assert chosen != [row.id for row in generated_records(CURRICULUM, 20, 2)]
    assert len(chosen) == 20


def test_a_python_without_lzma_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lzma", None)
    with pytest.raises(DataError, match="built without lzma"):
        list(generated_records(CURRICULUM))
