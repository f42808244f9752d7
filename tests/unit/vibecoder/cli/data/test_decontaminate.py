"""`vibecoder data decontaminate`: prompts of any form, and those of every suite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.rows import PROMPT, chat
from support.terminal import Terminal
from vibecoder.dataset.store import Dataset
from vibecoder.evaluate.suites.by_name import BUILT_IN
from vibecoder.types import Example, Infill, SuiteJob

pytestmark = pytest.mark.usefixtures("two_files")


def rows(path: str) -> tuple[object, ...]:
    return Dataset(path).read().records


@pytest.mark.parametrize("form", ["text", "suite", "array", "alpaca"])
def test_decontaminate_reads_prompts_of_any_form(data: Terminal, form: str) -> None:
    turns = [{"role": "system", "content": "You are it."}, {"role": "user", "content": PROMPT}]
    written = {
        "text": PROMPT, "suite": json.dumps({"id": "1", "messages": turns}), "array": json.dumps([{"prompt": turns}]),
        "alpaca": json.dumps({"instruction": PROMPT, "output": ""}),
    }  # fmt: skip
    Path("prompts").write_text(written[form])
    out, err = data("decontaminate", "b.jsonl", "--against", "prompts", "--into", "clean.jsonl")
    assert "clean.jsonl: 3 of 4 rows; 1 repeat an evaluation prompt" in out
    assert PROMPT not in Path("clean.jsonl").read_text()
    assert "row 4 repeats: " in err


def test_every_suite_is_compared_with(data: Terminal) -> None:
    prompts = [prompt for spec in BUILT_IN.values() if not spec.takes_path for prompt in spec.prompts(SuiteJob())]
    asked = [str(prompt.messages[-1]["content"]) for prompt in prompts if prompt.messages]
    long = [text for text in asked if len(text.split()) >= 10]
    assert len(long) > 20
    copies = [chat(f"My task: {text}", group=f"copy{n}", category="tool-use") for n, text in enumerate(long)]
    Dataset("a.jsonl").append([*copies, *(Infill(prefix="a\n", middle=text, suffix="\nc") for text in long)])
    out, _ = data("decontaminate", "a.jsonl", "--into", "clean.jsonl")
    assert out == f"clean.jsonl: 40 of {40 + 2 * len(long)} rows; {2 * len(long)} repeat an evaluation prompt\n"
    data("split", "parts", "--data", "a.jsonl")
    assert not any(text in row for text in long for row in Path("parts/train.jsonl").read_text().splitlines())
    left = [row.messages[0]["content"] for row in rows("parts/train.jsonl") if isinstance(row, Example)]
    assert left
    assert not any(said.startswith("My task") for said in left)
    assert "no file and no suite nowhere; suites are" in data(
        "decontaminate", "a.jsonl", "--against", "nowhere", "--into", "c.jsonl", status=2
    )[1]  # fmt: skip


def test_prompts_that_say_nothing_are_refused(data: Terminal) -> None:
    Path("prompts").write_text("no\n")
    err = data("decontaminate", "b.jsonl", "--against", "prompts", "--into", "clean.jsonl", status=2)[1]
    assert err == "error: prompts holds no prompt of five words or more; write one a line\n"
