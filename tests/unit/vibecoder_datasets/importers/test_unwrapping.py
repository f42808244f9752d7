"""Logged requests of coding agents: people's words stay, what was wrapped around them goes."""

from __future__ import annotations

import pytest

from vibecoder.errors import DataError
from vibecoder.types import Message
from vibecoder_datasets.importers.unwrapping import spoken

REMINDER = "<system-reminder>\nBe nice.\n</system-reminder>"
TOLD = "The user sent the following message:\nin euros\n\nPlease address this message and go on."
QUEUED = f"<system-reminder>\n{TOLD}\n</system-reminder>"
CALLING: Message = {
    "role": "assistant", "content": "",
    "tool_calls": [{"type": "function", "function": {"name": "ls", "arguments": {}}}],
}  # fmt: skip


def user(text: str) -> Message:
    return {"role": "user", "content": text}


def says(text: str) -> Message:
    return {"role": "assistant", "content": text}


def result(text: str) -> Message:
    return {"role": "tool", "content": text}


def test_words_stay_and_reminders_go() -> None:
    given = [user(f"{REMINDER}\nList the files"), CALLING, result(f"a.py\n\n{REMINDER}"), says("a.py")]
    assert spoken(given) == [user("List the files"), CALLING, result("a.py"), says("a.py")]
    plain = [user("What is <b>?"), says(f"A tag; {REMINDER} is another.")]
    assert spoken(plain) == plain


def test_a_selection_is_kept_and_where_someone_looked_is_not() -> None:
    selected = "<ide_selection>The user selected the lines 1 to 2 from a.py:\nx = 1\ny = 2</ide_selection>"
    given = [user(f"<ide_opened_file>a.py</ide_opened_file>\n{selected}\nWhy?"), says("So.")]
    assert spoken(given)[0] == user("Why?\n\na.py, lines 1 to 2:\n```\nx = 1\ny = 2\n```")


@pytest.mark.parametrize("where", ["in the result", "beside it"])
def test_a_prompt_typed_meanwhile_is_a_turn(where: str) -> None:
    between = [result(f"a.py\n{QUEUED}")] if where == "in the result" else [result("a.py"), user(QUEUED)]
    assert spoken([user("List"), CALLING, *between, says("Euros.")]) == [
        user("List"), CALLING, result("a.py"), user("in euros"), says("Euros."),
    ]  # fmt: skip


def test_a_prompt_typed_meanwhile_comes_after_all_results() -> None:
    two = {**CALLING, "tool_calls": CALLING["tool_calls"] * 2}
    given = [user("List"), two, result(f"a\n{QUEUED}"), result("b"), says("Both.")]
    assert spoken(given) == [user("List"), two, result("a"), result("b"), user("in euros"), says("Both.")]


def test_a_turn_of_reminders_alone_goes_where_nothing_answers_it() -> None:
    assert spoken([user("List"), CALLING, result("a"), user(REMINDER), says("a")]) == [
        user("List"), CALLING, result("a"), says("a"),
    ]  # fmt: skip
    with pytest.raises(DataError, match="a reply without its prompt"):
        spoken([user("List"), says("a"), user(REMINDER), says("I am nice.")])
