"""Conversations with the tools of a workspace, judged by the state they end in; replies scripted, all else real."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from vibecoder.evaluate.asking import Asker
from vibecoder.evaluate.running import evaluate, judged
from vibecoder.evaluate.scoring.workspace import TURNS, Workspace
from vibecoder.evaluate.suites.by_name import choose, prompts_of
from vibecoder.plugins import load
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import Prompt, SuiteJob


class Scripted:
    """Says what is written, prompt by prompt and turn by turn: nano solves no task of several turns."""

    def __init__(self, tokenizer: ChatTokenizer, *replies: str) -> None:
        self.tokenizer, self.replies = tokenizer, list(replies)
        self.asked: list[str] = []

    def generate(
        self, prompts: Sequence[Sequence[int]], adapter: Path | None, most: int, stop: Sequence[int]
    ) -> list[list[int]]:
        self.asked += [self.tokenizer.decode(prompt) for prompt in prompts]
        return [self.tokenizer.encode(self.replies.pop(0))[:most] for _ in prompts]


def call(name: str, **arguments: str) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


@pytest.fixture(scope="module")
def prompts() -> dict[str, Prompt]:
    return {each.id: each for each in prompts_of(choose(["regression"], load(installed=False)), SuiteJob())}


def converse(tokenizer: ChatTokenizer, prompt: Prompt, *replies: str) -> tuple[Any, Scripted]:
    backend = Scripted(tokenizer, *replies)
    (reply,) = Asker(backend, tokenizer).ask([prompt])  # type: ignore[arg-type]
    return judged(prompt, reply), backend


def test_the_final_state_decides(tokenizer: ChatTokenizer, prompts: dict[str, Prompt]) -> None:
    prompt = prompts["regression/work-tests"]
    right = (
        call("run_tests", path="test_area.py"),
        call("read_file", path="area.py"),
        call("edit_file", path="area.py", old="width + height", new="width * height"),
        "It multiplies now.",
    )
    verdict, backend = converse(tokenizer, prompt, *right)
    assert verdict.passed, verdict.reason
    assert verdict.measures == {"files_touched": 1, "turns": 4, "calls": 3, "format": True}
    assert "failed: AssertionError" in backend.asked[1], "the model reads what its call gave"
    assert "return width + height" in backend.asked[2]
    assert "edited area.py" in verdict.reply
    for wrong in (
        ("All is well.",),
        (call("write_file", path="test_area.py", content="pass"), "Done."),
        (call("edit_file", path="area.py", old="width", new="w"), "Done."),
        (call("edit_file", path="area.py", old="width + height", new="12"), "Done."),
    ):
        verdict, _ = converse(tokenizer, prompt, *wrong)
        assert not verdict.passed
        assert verdict.reason


def test_a_conversation_ends(tokenizer: ChatTokenizer, prompts: dict[str, Prompt]) -> None:
    verdict, backend = converse(tokenizer, prompts["regression/work-new"], *[call("list_files")] * 50)
    assert not verdict.passed
    assert len(backend.asked) == verdict.measures["turns"] == TURNS


def test_several_conversations_go_on_together(
    tokenizer: ChatTokenizer, prompts: dict[str, Prompt], tmp_path: Path
) -> None:
    two = [prompts["regression/work-typo"], prompts["regression/work-new"]]
    replies = (
        call("edit_file", path="greet.py", old="Helo", new="Hello"),
        call("write_file", path="double.py", content="def double(x):\n    return x + x\n"),
        "Corrected.",
        "Added.",
    )
    found = evaluate(Asker(Scripted(tokenizer, *replies), tokenizer), two, tmp_path, {})  # type: ignore[arg-type]
    assert [verdict.passed for verdict in found] == [True, True]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("read_file", {"path": "b.py"}, "error: no file b.py"),
        ("read_file", {}, "error: read_file needs path"),
        ("read_file", {"path": "a.py", "line": "1"}, "error: read_file has no argument line"),
        ("read_file", {"path": 1}, "error: the arguments of read_file are strings"),
        ("edit_file", {"path": "a.py", "old": "x", "new": "y"}, "error: old occurs 2 times in a.py"),
        ("write_file", {"path": "../b.py", "content": ""}, "error: cannot write ../b.py"),
        ("write_file", {"path": "/b.py", "content": ""}, "error: cannot write /b.py"),
        ("rm", {}, "error: no tool rm"),
        ("run_tests", {"path": "a.py"}, "failed: NameError: name 'x' is not defined (a.py, line 1)"),
        ("list_files", {}, "a.py"),
    ],
)
def test_what_tools_say(name: str, arguments: dict[str, Any], said: str) -> None:
    assert Workspace({"a.py": "x = x\n"}).call(name, arguments) == said


def test_the_canaries_pass_when_the_model_says_the_right_things(tokenizer: ChatTokenizer, tmp_path: Path) -> None:
    from importlib.resources import files

    from vibecoder.evaluate.suites.by_name import read_suite

    entries = read_suite("canary", (files("vibecoder.evaluate.suites") / "data" / "canary.yaml").read_text("utf-8"))
    for key, passed in (("solution", 20), ("wrong", 0)):
        backend = Scripted(tokenizer, *[entry[key] for _, entry in entries])
        asked = [prompt for prompt, _ in entries]
        found = evaluate(Asker(backend, tokenizer), asked, tmp_path / key, {})  # type: ignore[arg-type]
        assert sum(verdict.passed for verdict in found) == passed
