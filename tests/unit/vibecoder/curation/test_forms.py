from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vibecoder.curation.foreign import from_row, read_rows
from vibecoder.curation.forms import FORMS, alpaca, mlx, openai, trl
from vibecoder.dataset.records import from_json
from vibecoder.errors import DataError
from vibecoder.types import Comparison, Example, Infill, Rated

ASK, REPLY = {"role": "user", "content": "Open a.py"}, {"role": "assistant", "content": "It is open."}
CALL = {"type": "function", "function": {"name": "read", "arguments": {"path": "a.py", "lines": [1, 2]}}}
TOOLS = [{"type": "function", "function": {"name": "read", "parameters": {"type": "object"}}}]
CALLING = Example(
    messages=[ASK, {"role": "assistant", "content": "", "tool_calls": [CALL, CALL]},
              {"role": "tool", "content": "x"}, {"role": "tool", "content": "y"}, REPLY],
    tools=TOOLS,
)  # fmt: skip
PAIR = Comparison(messages=[ASK], chosen=[REPLY], rejected=[{"role": "assistant", "content": "No."}])
THUMB = Rated(messages=[ASK], completion=[REPLY], label=True)
SAID = st.text(st.characters(codec="utf-8"), min_size=1)


@settings(deadline=None)
@given(
    SAID,
    st.text(st.characters(codec="utf-8")),
    SAID,
    st.text(st.characters(codec="utf-8")),
    st.lists(st.tuples(SAID, SAID), max_size=2),
)
def test_alpaca_goes_both_ways(
    instruction: str, extra: str, output: str, system: str, history: list[tuple[str, str]]
) -> None:
    row = {"instruction": instruction, "input": extra, "output": output}
    if system:
        row["system"] = system
    if history:
        row["history"] = [list(pair) for pair in history]  # type: ignore[assignment]
    assert alpaca(from_row(row)) == ("sft", row)


def test_alpaca_without_an_instruction_asks_its_input_alone() -> None:
    row = {"instruction": "", "input": "2 + 2?", "output": "4"}
    record = from_row(row)
    assert isinstance(record, Example)
    assert record.messages[0]["content"] == "2 + 2?"
    assert alpaca(record) == ("sft", row)


def test_alpaca_keeps_what_else_a_row_says() -> None:
    record = from_row({"instruction": "a", "output": "b", "category": "rules", "source": "rules/x.md"})
    assert record.category == "rules"
    assert record.provenance["source"] == "rules/x.md"


@pytest.mark.parametrize("row", [CALLING, PAIR, THUMB, Infill(prefix="a", middle="b", suffix="c")])
def test_alpaca_refuses_what_it_cannot_say(row: Example) -> None:
    with pytest.raises(DataError, match="Alpaca has no form for"):
        alpaca(row)


def test_openai_spells_arguments_and_names_calls() -> None:
    part, row = openai(CALLING)
    assert part == "sft"
    calls = row["messages"][1]["tool_calls"]
    assert [json.loads(call["function"]["arguments"]) for call in calls] == [CALL["function"]["arguments"]] * 2
    assert [turn["tool_call_id"] for turn in row["messages"][2:4]] == [call["id"] for call in calls]
    again = from_json(json.loads(json.dumps(row)))
    assert isinstance(again, Example)
    assert again.messages[1]["tool_calls"][0]["function"] == CALL["function"]
    assert from_row(openai(PAIR)[1]) == from_json({"kind": "comparison", "messages": [ASK], "chosen": PAIR.chosen,
                                                   "rejected": PAIR.rejected})  # fmt: skip


def test_thumbs_and_pairs_come_back_from_trl() -> None:
    for record, part in ((PAIR, "dpo"), (THUMB, "kto")):
        made, row = trl(record)
        assert made == part
        again = from_row(json.loads(json.dumps(row)))
        assert trl(again) == (part, row)
    with pytest.raises(DataError, match="no form for an infill"):
        trl(Infill(prefix="a", middle="b", suffix="c"))
    assert mlx(CALLING)[1]["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"path": "a.py", "lines": [1, 2]}
    assert set(FORMS) == {"alpaca", "openai", "trl", "mlx"}


@pytest.mark.parametrize("label", [1, True])
def test_the_forms_of_a_vote_log_are_read(label: int) -> None:
    voted = from_row({"messages": [ASK], "assistant": "It is open.", "label": label, "metadata": {"tool": "cli"}})
    assert isinstance(voted, Rated)
    assert voted.label is True
    assert voted.provenance == {"metadata": {"tool": "cli"}}
    pair = from_row({"messages": [ASK], "chosen": "It is open.", "rejected": "No."})
    assert isinstance(pair, Comparison)
    assert pair.chosen == (REPLY,)


def test_datasets_reads_the_files_as_they_are(tmp_path: Path) -> None:
    from datasets import Dataset

    for record in (PAIR, THUMB):
        part, row = trl(record)
        path = tmp_path / f"{part}.jsonl"
        path.write_text(f"{json.dumps(row)}\n" * 2)
        loaded = Dataset.from_json(str(path), cache_dir=str(tmp_path / "cache"))
        assert loaded.to_list() == [row, row]


def test_bad_rows_are_named_by_number_and_good_ones_kept(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    lines = ['{"instruction": "a", "output": "b"}', "{oops", '{"instruction": 1, "output": "b"}', '{"x": 1}', ""]
    path.write_text("\n".join(lines))
    found = read_rows(path)
    assert [number for number, _ in found.good] == [1]
    assert [number for number, _ in found.bad] == [2, 3, 4]
    path.write_text('[{"instruction": "a", "out')
    with pytest.raises(DataError, match="may be cut off"):
        read_rows(path)
