"""Comparison: pairs by prompt, rows by suite and category, and what results folders hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.verdicts import verdict, verdicts
from vibecoder.errors import DataError
from vibecoder.evaluate.comparing.compare import compare
from vibecoder.evaluate.results import Results, find_results, read_results, write_results
from vibecoder.evaluate.types import Verdict

OUTCOMES = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=50)


def results(name: str, *found: Verdict) -> Results:
    return Results(Path(name), {"model": name}, found)


def test_prompts_are_paired_by_id_whatever_their_order() -> None:
    base = results("base", verdict("a", False), verdict("b", True), verdict("c", True))
    tuned = results("tuned", verdict("c", True), verdict("a", True), verdict("b", False), verdict("d", True))
    found = compare(base, tuned)
    (row,) = found.rows
    assert (row.suite, row.change.prompts, row.change.gained, row.change.lost) == ("tool-calls", 3, 1, 1)
    assert row.change.difference == pytest.approx(0)
    assert [pair[0].prompt for pair in found.gained] == ["a"]
    assert [pair[0].prompt for pair in found.lost] == ["b"]
    assert found.unpaired == 1


def test_rows_are_everything_then_each_suite_with_its_categories() -> None:
    kinds = {"canary": ("chat",), "tool-calls": ("parallel", "single")}
    found = [
        verdict(f"{suite}/{category}/{at}", at % 2 == 0, suite=suite, category=category)
        for suite, categories in kinds.items()
        for category in categories
        for at in range(4)
    ]
    compared = compare(results("base", *found), results("tuned", *found))
    assert [row.title for row in compared.rows] == [
        "everything", "canary", "tool-calls", "tool-calls: parallel", "tool-calls: single",
    ]  # fmt: skip
    assert [row.change.prompts for row in compared.rows] == [12, 4, 8, 4, 4]
    assert not any(row.change.settled for row in compared.rows)


@given(OUTCOMES)
def test_swapping_the_sides_mirrors_every_figure(outcomes: list[tuple[bool, bool]]) -> None:
    base = results("base", *verdicts([before for before, _ in outcomes]))
    tuned = results("tuned", *verdicts([after for _, after in outcomes]))
    there = compare(base, tuned, resamples=300).rows[0].change
    back = compare(tuned, base, resamples=300).rows[0].change
    assert there.difference == pytest.approx(-back.difference)
    assert (there.gained, there.lost, there.p) == (back.lost, back.gained, back.p)
    assert there.difference == pytest.approx((there.gained - there.lost) / len(outcomes))
    assert there.low <= there.difference + 1e-9
    assert there.difference <= there.high + 1e-9


def test_a_clear_rise_is_settled_and_a_small_one_is_not() -> None:
    base = results("base", *verdicts([False] * 40))
    assert compare(base, results("tuned", *verdicts([True] * 30 + [False] * 10))).rows[0].change.settled
    assert not compare(base, results("tuned", *verdicts([True] + [False] * 39))).rows[0].change.settled


def test_results_without_a_common_prompt_do_not_compare() -> None:
    with pytest.raises(DataError, match="no prompt in common"):
        compare(results("base", verdict("a", True)), results("tuned", verdict("b", True)))


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    found = (verdict("a", True, measures={"diff_lines": 3}), verdict("b", False, reply='"\n\u2028é', must_pass=True))
    write_results(tmp_path / "eval", {"model": "nano", "adapter": "runs/x"}, found)
    read = read_results(tmp_path / "eval")
    assert read.verdicts == found
    assert read.name == "nano with runs/x"
    assert find_results(tmp_path / "eval") == tmp_path / "eval"


def test_of_a_run_the_last_evaluation_counts(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"stages": [{"name": "tool-use"}, {"name": "agentic"}]}))
    assert find_results(tmp_path) is None
    for name in ("base", "tool-use"):
        write_results(tmp_path / "evaluations" / name, {"name": name}, verdicts([True]))
    assert find_results(tmp_path) == tmp_path / "evaluations" / "tool-use"


def test_a_stopped_evaluation_is_read_up_to_where_it_stopped(tmp_path: Path) -> None:
    write_results(tmp_path / "eval", {}, verdicts([True, False]))
    with (tmp_path / "eval" / "results.jsonl").open("a") as file:
        file.write('{"prompt": "cut of')
    assert len(read_results(tmp_path / "eval").verdicts) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [("[1]\n", "results.jsonl:1 is no verdict"), ('{"prompt": "a"}\n', "no verdict"), ("{\n", "no verdict")],
)
def test_what_is_no_verdict_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "eval.json").write_text("{}")
    (tmp_path / "results.jsonl").write_text(text)
    with pytest.raises(DataError, match=message):
        read_results(tmp_path)


def test_a_prompt_that_stands_twice_is_named(tmp_path: Path) -> None:
    write_results(tmp_path / "eval", {}, [verdict("a", True), verdict("a", False)])
    with pytest.raises(DataError, match=r"results.jsonl:2: the prompt a stands there twice"):
        read_results(tmp_path / "eval")
