"""Running an importer: scrubbed, appended part by part, counted, resumable, and what went wrong costs itself alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from vibecoder.dataset.importing import checked_options, run_import
from vibecoder.dataset.store import Dataset
from vibecoder.errors import DataError
from vibecoder.types import Example, Imported, ImporterSpec, ImportJob, ImportOption, Record

KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def said(text: str) -> Example:
    return Example(
        messages=[{"role": "user", "content": text}, {"role": "assistant", "content": "Done."}],
        category="diary",
        verification="imported",
    )


def importer(units: Sequence[Imported | Exception], exact: bool = False, **more: object) -> ImporterSpec:
    """An importer that yields these units and raises what is an exception among them."""

    def rows(job: ImportJob) -> Iterator[Imported]:
        for unit in units:
            if isinstance(unit, Exception):
                raise unit
            if not unit.unit or not job.done(unit.unit):
                yield unit

    return ImporterSpec(name="diary", summary="what was written down", source="folder", rows=rows, exact=exact, **more)  # type: ignore[arg-type]


def contents(path: Path) -> list[Record]:
    return list(Dataset(path).read().records)


def test_rows_are_appended_and_everything_is_counted(tmp_path: Path) -> None:
    units = [
        Imported([said("one"), said("two")], {"too long": 2}, notes=["read the manual"]),
        Imported([said("one")], {"too long": 1, "odd": 1}, notes=["read the manual"]),
    ]
    result = run_import(importer(units), ImportJob(tmp_path), tmp_path / "out.jsonl")
    assert [row.messages[0]["content"] for row in contents(tmp_path / "out.jsonl")] == ["one", "two"]  # type: ignore[union-attr]
    assert (result.units, result.kept, result.added) == (2, 3, 2)
    assert result.dropped == {"too long": 3, "odd": 1}
    assert result.by == {("diary", "imported"): 3}
    assert result.notes == ["read the manual"]
    assert result.to_json()["there already"] == 1


def test_secrets_are_masked_and_counted_but_never_in_checked_rows(tmp_path: Path) -> None:
    units = [Imported([said(f"my key is {KEY}"), said("no key")])]
    masked = run_import(importer(units), ImportJob(tmp_path), tmp_path / "masked.jsonl")
    exact = run_import(importer(units, exact=True), ImportJob(tmp_path), tmp_path / "exact.jsonl")
    assert masked.added == 2
    assert masked.masked.total() == 1
    assert (exact.added, exact.dropped, exact.masked.total()) == (1, {"holds a secret or an address": 1}, 0)
    for path in tmp_path.iterdir():
        assert KEY not in path.read_text()


def test_count_stops_the_importer_there(tmp_path: Path) -> None:
    asked: list[int] = []

    def rows(job: ImportJob) -> Iterator[Imported]:
        for n in range(100):
            asked.append(n)
            yield Imported([said(f"{n} a"), said(f"{n} b")])

    spec = ImporterSpec(name="diary", summary="what was written down", source="folder", rows=rows)
    result = run_import(spec, ImportJob(tmp_path, count=3), tmp_path / "out.jsonl")
    assert (result.kept, len(asked)) == (3, 2)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    result = run_import(importer([Imported([said("one")], unit="u")]), ImportJob(tmp_path), None)
    assert result.kept == 1
    assert list(tmp_path.iterdir()) == []


def test_finished_units_are_not_done_again_until_their_rows_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    units = [Imported([said("one")], unit="first"), Imported([], {"odd": 1}, unit="second")]
    assert run_import(importer(units), ImportJob(tmp_path), path).units == 2
    again = run_import(importer([*units, Imported([said("three")], unit="third")]), ImportJob(tmp_path), path)
    assert (again.units, again.added) == (1, 1)
    path.unlink()
    assert run_import(importer(units), ImportJob(tmp_path), path).units == 1, (
        "only the unit that never had a row is done"
    )
    assert len(contents(path)) == 1


def test_a_unit_cut_short_by_count_is_done_again(tmp_path: Path) -> None:
    units = [Imported([said("one"), said("two")], unit="only")]
    path = tmp_path / "out.jsonl"
    assert run_import(importer(units), ImportJob(tmp_path, count=1), path).added == 1
    assert run_import(importer(units), ImportJob(tmp_path), path).added == 1


def test_what_came_before_an_error_is_kept(tmp_path: Path) -> None:
    units = [Imported([said("one")], unit="first"), DataError("the source is damaged")]
    with pytest.raises(DataError, match="damaged"):
        run_import(importer(units), ImportJob(tmp_path), tmp_path / "out.jsonl")
    assert len(contents(tmp_path / "out.jsonl")) == 1


def test_a_row_that_is_none_costs_itself_alone(tmp_path: Path) -> None:
    silent = Example(messages=[{"role": "user", "content": "hello"}], category="diary")
    half = said("a lone \ud800 surrogate")
    result = run_import(
        importer([Imported([said("one"), silent, half, said("two")])]), ImportJob(tmp_path), tmp_path / "o.jsonl"
    )
    assert result.added == result.kept == 2
    assert sorted(result.dropped.values()) == [1, 1]
    assert all(reason.startswith("not a row: ") for reason in result.dropped)


def test_the_source_must_be_what_the_importer_reads(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no folder at .*nowhere; check the path"):
        run_import(importer([]), ImportJob(tmp_path / "nowhere"), None)
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="file is a file; from-diary reads a folder"):
        run_import(importer([]), ImportJob(tmp_path / "file"), None)


def test_options_have_defaults_types_and_bounds() -> None:
    options = (
        ImportOption(name="pages", help="How many.", type="int", default=3, minimum=1),
        ImportOption(name="ink", help="Which.", type=("blue", "black"), default="blue"),
    )
    spec = importer([], options=options)
    assert checked_options(spec, {"pages": None}) == {"pages": 3, "ink": "blue"}
    for given, message in (
        ({"pages": 0}, "--pages must be at least 1, not 0"),
        ({"ink": "red"}, "--ink must be one of blue, black, not red"),
        ({"inc": "red"}, "from-diary has no option inc; known: ink, pages"),
    ):
        with pytest.raises(DataError, match=message):
            checked_options(spec, given)
