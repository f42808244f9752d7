"""`vibecoder data split`: by group and category, free of prompts, or for other tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.rows import INFILL, PROMPT, REPLY, chat
from support.terminal import Terminal
from vibecoder.dataset.store import Dataset
from vibecoder.types import Example


@pytest.mark.usefixtures("two_files")
def test_split_is_by_group_and_category_and_free_of_prompts(data: Terminal) -> None:
    Dataset("a.jsonl").append([chat(f"Please {n}: {PROMPT}", group=f"p{n}", category="c") for n in range(10)])
    Path("prompts.txt").write_text(f"{PROMPT}\n")
    out, _ = data("split", "parts", "--data", "a.jsonl", "--eval-frac", "0.2", "--against", "prompts.txt")
    assert "8 training rows that repeat an evaluation prompt are left out" in out
    train, held = (Dataset(f"parts/{name}.jsonl").read().records for name in ("train", "eval"))
    assert Path("parts/valid.jsonl").read_bytes() == Path("parts/eval.jsonl").read_bytes()
    assert {row.group for row in train}.isdisjoint(row.group for row in held)
    assert {row.category for row in held} == {"a", "b", "c"}
    assert PROMPT not in Path("parts/train.jsonl").read_text()


@pytest.mark.usefixtures("three_kinds")
def test_split_writes_the_conversations_for_other_tools(data: Terminal) -> None:
    rows = [
        Example(messages=[{"role": "user", "content": str(i)}, REPLY], category="tool-use", group=f"g{i // 2}")
        for i in range(20)
    ]
    Dataset("dataset.jsonl").append(rows)
    out = data("split", "for-mlx", "--share", "0.2").out
    assert "2 rows that are no conversations are left out" in out
    train, valid = (Dataset(Path("for-mlx", f"{name}.jsonl")).read().records for name in ("train", "valid"))
    assert len(train) + len(valid) == 21
    assert {row.group for row in train}.isdisjoint(row.group for row in valid)
    assert len({row.group for row in valid}) == 2
    err = data("split", "for-mlx", status=2)[1]
    assert "is there already; choose another folder, or replace it with --force" in err
    data("split", "for-mlx", "--share", "0.2", "--force")
    assert Dataset(Path("for-mlx", "valid.jsonl")).read().records == valid
    assert "valid.jsonl: not written" in data("split", "all", "--share", "0").out
    assert [path.name for path in Path("all").glob("*.jsonl")] == ["train.jsonl"]
    Dataset("infills.jsonl").append([INFILL])
    assert "holds no conversation" in data("split", "x", "--data", "infills.jsonl", status=2)[1]
    assert not Path("x").exists()
