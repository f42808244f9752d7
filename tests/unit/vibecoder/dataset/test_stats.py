"""What a dataset's figures say, against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vibecoder.dataset.records import identified
from vibecoder.dataset.stats import SAMPLE, measure, prose, uses
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Comparison, Example, Infill, Record

CALL = {"type": "function", "function": {"name": "read", "arguments": {"path": "a.py"}}}


def chat(user: str, reply: str = "It is open.", **labels: object) -> Example:
    calling = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    tools = [{"type": "function", "function": {"name": "read", "description": "", "parameters": {"type": "object"}}}]
    messages = [{"role": "user", "content": user}, calling, {"role": "tool", "content": "x = 1"}]
    messages.append({"role": "assistant", "content": reply})
    return identified(Example(messages=messages, tools=tools, **labels))  # type: ignore[arg-type]


ROWS: list[Record] = [
    chat("Open a.py", category="tool-use", subcategory="single", verification="executed", group="a",
         provenance={"project": "p", "functions": ["a.py:f", "a.py:g"], "failing": ["t.py::test_f"]}),
    chat("Open a.py", "There it is.", category="tool-use", subcategory="single", verification="executed", group="a",
         provenance={"project": "p", "functions": ["a.py:f"]}),
    chat("Tell me what the second function of this file does", category="tool-use", subcategory="parallel"),
    identified(Infill(prefix="def f():\n", middle="    return 1\n", suffix="", category="agentic")),
    Comparison(messages=[{"role": "user", "content": "Hi"}], chosen=[{"role": "assistant", "content": "a"}],
               rejected=[{"role": "assistant", "content": "b"}], category="preference"),
]  # fmt: skip


def test_measure(tokenizer: ChatTokenizer) -> None:
    found = measure(ROWS, tokenizer, 60)
    rendered = [render(row, tokenizer) for row in ROWS[:4] if isinstance(row, (Example, Infill))]
    lengths = [len(row) for row in rendered]
    assert found.kinds == {
        ("agentic", "", "none"): 1,
        ("preference", "", "none"): 1,
        ("tool-use", "parallel", "none"): 1,
        ("tool-use", "single", "executed"): 2,
    }
    assert found.rows == 5
    assert found.groups == 4
    assert found.verification == {"none": 3, "executed": 2}
    assert found.lengths.tolist() == lengths
    assert found.supervised.tolist() == [row.supervised for row in rendered]
    assert found.supervised_share == pytest.approx(sum(row.supervised for row in rendered) / sum(lengths))
    assert found.too_long == sum(length > 60 for length in lengths) > 0
    assert found.percentile(100) == max(lengths)
    assert found.percentile(50) in lengths
    assert found.words["user"].texts == 3
    assert found.words["user"].near == {0.85: pytest.approx(2 / 3), 0.7: pytest.approx(2 / 3)}
    assert found.words["assistant"].near[0.85] == pytest.approx(2 / 3)
    assert found.uses == {"functions": 2, "failing": 1}


def test_a_row_that_a_template_refuses_is_counted(tokenizer: ChatTokenizer) -> None:
    odd = Example(messages=[{"role": "oracle", "content": "x"}, {"role": "assistant", "content": "y"}])
    found = measure([ROWS[0], odd], tokenizer, 2048)
    assert found.rows == 2
    assert len(found.lengths) + sum(found.refused.values()) == 2


def test_nothing_is_no_division_by_zero(tokenizer: ChatTokenizer) -> None:
    found = measure([], tokenizer, 2048)
    assert (found.rows, found.percentile(50), found.supervised_share, found.uses["failing"]) == (0, 0, 0.0, 0)


def test_prose_and_uses() -> None:
    assert prose(ROWS, "assistant") == ["It is open.", "There it is.", "It is open."]
    assert uses(ROWS, "functions") == {"p:a.py:f": 2, "p:a.py:g": 1}
    assert uses([Example(messages=ROWS[0].messages, provenance={"functions": "f"})], "functions") == {}  # type: ignore[union-attr]


def test_distinct_is_of_a_sample(tokenizer: ChatTokenizer) -> None:
    rng = np.random.default_rng(0)
    many = [chat(" ".join(map(str, rng.integers(0, 30, 8)))) for _ in range(2 * SAMPLE)]
    assert measure(many, tokenizer, 2048).words["user"].distinct == measure(many, tokenizer, 99).words["user"].distinct
    assert (
        measure(many, tokenizer, 99).words["user"].distinct > measure(many, tokenizer, 99).words["assistant"].distinct
    )
