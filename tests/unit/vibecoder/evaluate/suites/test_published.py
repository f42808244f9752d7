"""BFCL's and HumanEval's published formats, scored by the same scorers; rows made by hand in their form."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from vibecoder.errors import DataError
from vibecoder.evaluate.scoring.by_name import SCORERS
from vibecoder.evaluate.suites.published import bfcl, humaneval
from vibecoder.types import Prompt, SuiteJob

FUNCTION = {
    "name": "triangle.area",
    "description": "Area of a triangle.",
    "parameters": {
        "type": "dict",
        "properties": {
            "base": {"type": "integer", "description": "Base."},
            "height": {"type": "float", "description": "Height."},
            "unit": {"type": "string", "description": "Unit."},
        },
        "required": ["base", "height"],
    },
}
QUESTION = {
    "id": "simple_0",
    "question": [[{"role": "user", "content": "Area of base 10, height 5?"}]],
    "function": [FUNCTION],
}
TRUTH = {
    "id": "simple_0",
    "ground_truth": [{"triangle.area": {"base": [10], "height": [5], "unit": ["square units", ""]}}],
}
TASK = {
    "task_id": "HumanEval/900",
    "prompt": 'import math\n\n\ndef half(x: float) -> float:\n    """Half of x.\n    >>> half(4)\n    2.0\n    """\n',
    "entry_point": "half",
    "canonical_solution": "    return x / 2\n",
    "test": "def check(candidate):\n    assert candidate(4) == 2.0\n    assert candidate(0) == 0\n",
}


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def call(name: str = "triangle.area", **arguments: Any) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


def passes(prompt: Prompt, reply: str) -> bool:
    return SCORERS[prompt.scorer](prompt, reply).passed


@pytest.fixture
def simple(tmp_path: Path) -> Path:
    lines(tmp_path / "possible_answer" / "BFCL_v3_simple.json", TRUTH)
    return lines(tmp_path / "BFCL_v3_simple.json", QUESTION)


def test_bfcl_answers_are_scored_as_published(simple: Path) -> None:
    (prompt,) = bfcl(SuiteJob(path=simple))
    assert (prompt.id, prompt.category) == ("bfcl/simple_0", "simple")
    assert prompt.tools[0]["function"]["parameters"]["type"] == "object"
    assert prompt.tools[0]["function"]["parameters"]["properties"]["height"]["type"] == "number"
    assert passes(prompt, call(base=10, height=5))
    assert passes(prompt, call(base=10, height=5.0, unit="Square-Units"))
    for wrong in (
        call(base=10),
        call(base="10", height=5),
        call(base=10, height=5, unit="metres"),
        call(base=10, height=5, colour="red"),
        call("area", base=10, height=5),
        call(base=10, height=5) * 2,
        "The area is 25.",
    ):
        assert not passes(prompt, wrong), wrong


def test_bfcl_irrelevance_wants_no_call_and_needs_no_answers(tmp_path: Path) -> None:
    path = lines(tmp_path / "BFCL_v4_irrelevance.json", {**QUESTION, "id": "irrelevance_0"})
    (prompt,) = bfcl(SuiteJob(path=path))
    assert passes(prompt, "None of these functions does that.")
    assert not passes(prompt, call(base=10, height=5))


def test_bfcl_parallel_calls_and_the_first_versions_form(tmp_path: Path) -> None:
    name = "gorilla_openfunctions_v1_test_parallel_function.json"
    truth = [{"f": {"x": [1], "where": [{"city": ["Rome"], "zip": ["", "1"]}]}}, {"f": {"x": [2]}}]
    lines(tmp_path / "possible_answer" / name, {"id": "parallel_function_0", "ground_truth": truth})
    function = {
        "name": "f",
        "parameters": {"type": "dict", "properties": {"x": {"type": "any"}, "where": {"type": "dict"}}},
    }
    path = lines(tmp_path / name, {"id": "parallel_function_0", "question": "Both, please.", "function": function})
    (prompt,) = bfcl(SuiteJob(path=path))
    assert prompt.messages[0]["content"] == "Both, please."
    both = [call("f", x=2), call("f", x=1, where={"city": "rome"})]
    assert passes(prompt, "\n".join(both))
    assert not passes(prompt, both[0])
    assert not passes(prompt, "\n".join([both[0], call("f", x=1, where={"city": "Paris"})]))


def test_bfcl_takes_a_folder_and_says_what_it_cannot_score(simple: Path, tmp_path: Path) -> None:
    for category in ("java", "simple_java", "live_javascript", "multi_turn_base", "executable_simple"):
        other = lines(tmp_path / f"BFCL_v4_{category}.json", {**QUESTION, "id": f"{category}_0"})
        with pytest.raises(DataError, match=f"category {category} is not scored"):
            bfcl(SuiteJob(path=other))
    assert [prompt.id for prompt in bfcl(SuiteJob(path=tmp_path))] == ["bfcl/simple_0"]
    with pytest.raises(DataError, match="possible_answer"):
        bfcl(SuiteJob(path=lines(tmp_path / "BFCL_v3_multiple.json", QUESTION)))
    with pytest.raises(DataError, match="there is no"):
        bfcl(SuiteJob(path=tmp_path / "missing"))


@pytest.mark.parametrize("packed", [False, True])
def test_humaneval_solutions_pass_whole_or_as_the_rest(tmp_path: Path, packed: bool) -> None:
    path = lines(tmp_path / "HumanEval.jsonl", TASK)
    if packed:
        path = tmp_path / "HumanEval.jsonl.gz"
        path.write_bytes(gzip.compress((json.dumps(TASK) + "\n").encode()))
    (prompt,) = humaneval(SuiteJob(path=path))
    assert prompt.id == "humaneval/HumanEval/900"
    assert TASK["prompt"] in prompt.messages[0]["content"]
    whole = TASK["prompt"] + TASK["canonical_solution"]
    assert passes(prompt, f"Here it is:\n```python\n{whole}```")
    assert passes(prompt, TASK["canonical_solution"])
    assert passes(prompt, "```python\ndef half(x: float) -> float:\n    return math.fsum([x]) / 2\n```")
    for wrong in (
        "    return x\n",
        whole.replace("x / 2", "x // 3"),
        "",
        "```python\ndef halve(x):\n    return x / 2\n```",
    ):
        assert not passes(prompt, wrong)


def test_a_file_of_another_form_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=":1: no row of HumanEval, it lacks task_id"):
        humaneval(SuiteJob(path=lines(tmp_path / "x.jsonl", {"prompt": "def"})))
    (tmp_path / "y.jsonl").write_text("{\n")
    with pytest.raises(DataError, match=r"y.jsonl:1: not JSON"):
        humaneval(SuiteJob(path=tmp_path / "y.jsonl"))
