"""Talks in a terminal: text of several lines, tools with consent, votes that become rows, two models side by side."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from rich.console import Console

from support.scripted import Scripted
from vibecoder.dataset.store import Dataset
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import Comparison, Rated
from vibecoder_serve.app import Served
from vibecoder_serve.chat.conversation import Conversation
from vibecoder_serve.chat.hands import Hands, tools_of
from vibecoder_serve.chat.loop import Chat
from vibecoder_serve.prompts import TrainedPrompts

PROMPTS = TrainedPrompts(ChatTokenizer.load(NANO))
WRITE = '<tool_call>\n{"name": "write_file", "arguments": {"path": "b.py", "content": "y = 2\\n"}}\n</tool_call>'


def talk(
    folder: Path, typed: list[str], replies: list[str], consent: str = "", system: str | None = None, other: str = ""
) -> tuple[str, Chat]:
    """Run a talk with what is typed and what the models reply; return what was shown."""
    lines = iter(typed)
    console = Console(file=io.StringIO(), width=100, highlight=False)
    served = Served(Scripted(queue=replies), PROMPTS, {"tuned": "tuned", "nano": None})
    hands = Hands(folder, lambda call: consent) if consent else None
    conversation = Conversation(served, tools_of("repair") if hands else (), system)
    votes = Dataset(folder.parent / "votes.jsonl")
    chat = Chat(conversation, "tuned", console, lambda prompt: next(lines, None), votes, other or None, hands)
    chat.run()
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue(), chat


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    (made / "a.py").write_text("x = 1\n")
    return made


def test_a_reply_is_shown_and_the_talk_goes_on(folder: Path) -> None:
    said, chat = talk(
        folder, ["Hi \\", "there", '"""two', 'lines"""', "/quit", "never"], ["Hello.", "Yes."], system="Be."
    )
    assert "Hello." in said
    assert [message["content"] for message in chat.conversation.messages] == [
        "Be.", "Hi \nthere", "Hello.", "two\nlines", "Yes.",
    ]  # fmt: skip


def test_thumbs_and_corrections_become_rows(folder: Path) -> None:
    key = "AKIA" + "Q7ZKXN3TVB5LYDM2"
    typed = ["Hi", "/good", "/good", "And?", "/bad", "/fix", f"Better, not {key}.", "/fix", "", "/new", "/good"]
    said, chat = talk(folder, typed, ["Hello.", "Bad."])
    good, bad, fixed = chat.votes.read().records
    assert isinstance(good, Rated)
    assert isinstance(bad, Rated)
    assert isinstance(fixed, Comparison)
    assert (good.label, good.completion[0]["content"], good.provenance["model"]) == (True, "Hello.", "tuned")
    assert [message["content"] for message in good.messages] == ["Hi"]
    assert (bad.label, [message["content"] for message in bad.messages]) == (False, ["Hi", "Hello.", "And?"])
    assert fixed.rejected[0]["content"] == "Bad."
    assert "Better" in fixed.chosen[0]["content"]
    assert key not in fixed.chosen[0]["content"]
    for told in ("kept: ", "was kept before", "nothing was kept", "there is no such reply"):
        assert told in said


def test_tools_work_on_a_copy_with_consent_until_they_are_applied(folder: Path) -> None:
    said, chat = talk(folder, ["Write b", "/changes", "/apply", "/apply"], [WRITE, "Done."], consent="y")
    assert (folder / "b.py").read_text() == "y = 2\n"
    assert "+y = 2" in said
    assert "b.py\n" in said
    assert [message["role"] for message in chat.conversation.messages] == ["user", "assistant", "tool", "assistant"]
    assert chat.conversation.messages[1]["tool_calls"][0]["function"]["name"] == "write_file"


def test_a_call_without_consent_is_not_run(folder: Path) -> None:
    _, chat = talk(folder, ["Write b"], [WRITE, "Then not."], consent="n")
    assert chat.conversation.messages[2]["content"] == "error: the user did not allow this call"
    assert chat.hands is not None
    assert chat.hands.changes() == ""


def test_two_models_side_by_side_and_one_preferred(folder: Path) -> None:
    typed = ["Hi", "/good nano", "/good other"]
    said, chat = talk(folder, typed, ["From tuned.", "From the base."], other="nano")
    assert "From tuned." in said
    assert "From the base." in said
    (row,) = chat.votes.read().records
    assert isinstance(row, Comparison)
    assert (row.chosen[0]["content"], row.rejected[0]["content"]) == ("From the base.", "From tuned.")
    assert chat.conversation.messages[-1]["content"] == "From the base."
    assert "there is no such reply" in said


def test_commands_are_explained_and_wrong_ones_answered(folder: Path) -> None:
    typed = ["/help", "/models", "/model nano", "/model x", "/god", "/changes", "", "Hi"]
    said, chat = talk(folder, typed, ["Hello."])
    assert chat.model == "nano"
    for told in ("/fix", "tuned\nnano", "no model x", "did you mean good?", "start with --workspace", "Hello."):
        assert told in said
    assert isinstance(chat.conversation.served.engine, Scripted)
    assert chat.conversation.served.engine.asked is not None
    assert chat.conversation.served.engine.asked.adapter is None
