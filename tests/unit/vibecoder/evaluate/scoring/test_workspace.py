"""Conversations with the tools of a workspace, judged by the state they end in; replies scripted, all else real."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from vibecoder.errors import DataError
from vibecoder.evaluate.asking import Asker
from vibecoder.evaluate.running import evaluate, judged
from vibecoder.evaluate.scoring.workspace import TOOLS, TURNS, PromptWorkspace
from vibecoder.evaluate.suites.by_name import choose_suites, prompts_of
from vibecoder.plugins import load
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import Prompt, SuiteJob
from vibecoder.workspace.schemas import SCHEMAS


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
    return {each.id: each for each in prompts_of(choose_suites(["regression"], load(installed=False)), SuiteJob())}


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
    verdict, backend = converse(tokenizer, prompts["regression/work-new"], *[call("list_files", path=".")] * 50)
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
        ("read_file", {"path": "a.py"}, "x = x\n[lines 1-1 of 1]"),
        ("read_file", {"path": "b.py"}, "error: no such path: b.py; similar: a.py"),
        ("read_file", {}, "error: read_file needs path"),
        ("read_file", {"path": "a.py", "line": "1"}, "error: read_file has no argument line"),
        ("read_file", {"path": 1}, "error: path of read_file is text"),
        ("read_file", {"path": "a.py", "start": True}, "error: start of read_file is a whole number"),
        ("edit_file", {"path": "a.py", "old": "x", "new": "y"}, "error: the old text occurs 2 times in a.py"),
        ("write_file", {"path": "../b.py", "content": ""}, "error: ../b.py is outside the project"),
        ("write_file", {"path": "/b.py", "content": ""}, "error: /b.py is outside the project"),
        (
            "write_file",
            {"path": "b.py", "content": "\ud800"},
            "error: cannot write b.py: it is no valid text",
        ),
        ("bash", {"command": "ls"}, "error: no tool bash"),
        ("run_tests", {"path": "a.py"}, "failed: NameError: name 'x' is not defined (a.py, line 1)"),
        ("list_files", {"path": "."}, "a.py\n[1 file]"),
    ],
)
def test_what_tools_say(name: str, arguments: dict[str, Any], said: str) -> None:
    assert PromptWorkspace({"a.py": "x = x\n"}).call(name, arguments) == said


def test_the_tools_are_those_that_rows_teach() -> None:
    assert all(tool == SCHEMAS[tool["function"]["name"]] for tool in TOOLS)


def test_files_are_few_and_gone_with_the_workspace() -> None:
    workspace = PromptWorkspace({f"{number}.py": "" for number in range(63)})
    folder = workspace._workspace.root
    assert workspace.call("write_file", {"path": "last.py", "content": ""}).startswith("created")
    assert workspace.call("write_file", {"path": "more.py", "content": ""}).startswith("error: cannot write more.py")
    del workspace
    assert not folder.exists()


def test_a_prompt_whose_files_lead_out_is_said() -> None:
    with pytest.raises(DataError, match=r"the path \.\./a\.py is outside"):
        PromptWorkspace({"../a.py": ""})


def test_the_canaries_pass_when_the_model_says_the_right_things(tokenizer: ChatTokenizer, tmp_path: Path) -> None:
    from importlib.resources import files

    from vibecoder.evaluate.suites.by_name import read_suite

    entries = read_suite("canary", (files("vibecoder.evaluate.suites") / "data" / "canary.yaml").read_text("utf-8"))
    for key, passed in (("solution", 20), ("wrong", 0)):
        backend = Scripted(tokenizer, *[entry[key] for _, entry in entries])
        asked = [prompt for prompt, _ in entries]
        found = evaluate(Asker(backend, tokenizer), asked, tmp_path / key, {})  # type: ignore[arg-type]
        assert sum(verdict.passed for verdict in found) == passed
