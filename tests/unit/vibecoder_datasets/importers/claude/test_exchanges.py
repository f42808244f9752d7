"""Rows say what was said: every exchange of a log is whole and true, or left out and counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.session_log import CWD, SessionLog
from support.session_rows import imported, told

Write = Callable[[SessionLog], Any]
PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
WHY = {"type": "text", "text": "Why?"}
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="}}
NO_TEXT = "a prompt with a part that is no text"
ALONE = "a reply without its prompt"
REJECTED = "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit)."
SAID = f"{REJECTED} To tell you how to proceed, the user said:\n"


def first(log: SessionLog) -> None:
    log.user("What does tax.py do?")
    log.says("It adds 19 percent.")


FIRST = [("user", "What does tax.py do?"), ("assistant", "It adds 19 percent.")]


def command(name: str, arguments: str = "", message: str = "") -> str:
    said = f"<command-message>{message or name} is running…</command-message>\n<command-name>/{name}</command-name>"
    return f"{said}\n<command-args>{arguments}</command-args>" if arguments else said


def check(folder: Path, write: Write, wanted: list[tuple[str, str]], dropped: dict[str, int] | None = None) -> None:
    log = SessionLog()
    first(log)
    write(log)
    result, rows = imported(folder, log)
    assert told(rows) == [*FIRST, *wanted]
    assert result.dropped == (dropped or {})


@pytest.mark.parametrize(
    ("write", "wanted"),
    [
        (
            lambda log: (log.user(command("fix-issue", "142 rounding")), log.says("Rounded.")),
            [("user", "/fix-issue 142 rounding"), ("assistant", "Rounded.")],
        ),
        (
            lambda log: (log.user(command("fix", "142")), log.typed("Fix 142 now.", isMeta=True), log.says("Done.")),
            [("user", "Fix 142 now."), ("assistant", "Done.")],
        ),
        (
            lambda log: (log.user(command("fix", "142")), log.typed("Fix the issue.", isMeta=True), log.says("Done.")),
            [("user", "/fix 142\n\nFix the issue."), ("assistant", "Done.")],
        ),
        (
            lambda log: (log.typed(command("review"), "Review the changes on this branch."), log.says("Fine.")),
            [("user", "Review the changes on this branch."), ("assistant", "Fine.")],
        ),
        (
            lambda log: (log.user(command("init")), log.user("Please write a guide."), log.says("Written.")),
            [("user", "Please write a guide."), ("assistant", "Written.")],
        ),
        (
            lambda log: (log.user(command("model")), log.user("<local-command-stdout>Set</local-command-stdout>"),
                         log.user("And now?"), log.says("Now this.")),
            [("user", "And now?"), ("assistant", "Now this.")],
        ),
        (
            lambda log: (log.user("<bash-input>pytest -q</bash-input>"),
                         log.user("<bash-stdout>1 failed: test_tax</bash-stdout><bash-stderr></bash-stderr>"),
                         log.says("It fails because of rounding.")),
            [("user", "! pytest -q\n\n1 failed: test_tax"), ("assistant", "It fails because of rounding.")],
        ),
        (
            lambda log: (log.user("<bash-input>ls</bash-input>"), log.user("<bash-stdout>a.py</bash-stdout>"),
                         log.user("What is a.py?"), log.says("A module.")),
            [("user", "! ls\n\nWhat is a.py?\n\na.py"), ("assistant", "A module.")],
        ),
    ],
)  # fmt: skip
def test_commands_are_prompts(tmp_path: Path, write: Write, wanted: list[tuple[str, str]]) -> None:
    check(tmp_path, write, wanted)


@pytest.mark.parametrize(
    ("write", "dropped"),
    [
        (lambda log: (log.user([PNG]), log.says("The footer is cut off.")), {NO_TEXT: 1, ALONE: 1}),
        (lambda log: (log.user([WHY, PNG]), log.says("The footer.")), {NO_TEXT: 1, ALONE: 1}),
        (lambda log: (log.user("Why?"), log.user([PNG]), log.says("The footer.")), {NO_TEXT: 1, ALONE: 1}),
        (lambda log: (log.user([PDF, {"type": "text", "text": "Sum up"}]), log.says("Boats.")), {NO_TEXT: 1, ALONE: 1}),
        (
            lambda log: (log.typed("[Image #1] what is it?"), log.attached("image", content={}), log.says("A cat.")),
            {NO_TEXT: 1, ALONE: 1},
        ),
        (
            lambda log: (log.user("Explain @a.pdf"), log.attached("file", filename="a.pdf", content={"type": "pdf"}),
                         log.says("It is about boats.")),
            {NO_TEXT: 1, ALONE: 1},
        ),
        (
            lambda log: (log.user("<task-notification>done</task-notification>"), log.says("Built.")),
            {ALONE: 1},
        ),
        (lambda log: (log.user('<teammate-message id="a">go</teammate-message>'), log.says("I go.")), {ALONE: 1}),
        (lambda log: (log.typed("Stop hook feedback: run the tests", isMeta=True), log.says("They pass.")), {ALONE: 1}),
        (lambda log: (log.user("Summary of all before", isCompactSummary=True), log.says("Going on.")), {ALONE: 1}),
        (
            lambda log: (log.user("This session is being continued from a previous conversation"), log.says("x")),
            {ALONE: 1},
        ),
        (lambda log: (log.user("<local-command-stdout>Compacted</local-command-stdout>"), log.says("Hm.")), {ALONE: 1}),
        (lambda log: (log.typed("<ide_opened_file>a.py</ide_opened_file>"), log.says("Hm.")), {ALONE: 1}),
        (
            lambda log: (log.user("Draw it"), log.block("m9", PNG), log.says("There.", "m9")),
            {"a reply with a part that is no text": 1},
        ),
        (
            lambda log: (log.user("Look"), log.does("Read", {"file_path": "a.png"}, [PNG]), log.says("I see a cat.")),
            {"a result with a part that is no text": 1, ALONE: 1},
        ),
        (
            lambda log: (log.user("Look"), log.does("mcp__b__shot", {}, [{"type": "text", "text": "taken"}, PNG]),
                         log.says("I see a cat.")),
            {"a result with a part that is no text": 1, ALONE: 1},
        ),
        (
            lambda log: (log.user("Both"), log.calls("Bash", {"command": "a"}, "m9"),
                         log.result(log.calls("Bash", {"command": "b"}, "m9"), "of b"), log.says("a and b are fine.")),
            {"a call without a result": 1, ALONE: 1},
        ),
    ],
)  # fmt: skip
def test_no_reply_is_attached_to_another_question(tmp_path: Path, write: Write, dropped: dict[str, int]) -> None:
    check(tmp_path, write, [], dropped)


SELECTED = (
    f"<ide_selection>The user selected the lines 3 to 4 from {CWD}/cart.py:\ndef total(xs):\n    return sum(xs)\n\n"
    "This may or may not be related to the current task.</ide_selection>"
)
OPENED = f"<ide_opened_file>The user opened the file {CWD}/cart.py in the IDE.</ide_opened_file>"


@pytest.mark.parametrize(
    ("texts", "prompt"),
    [
        ((OPENED, "Why is it a string?"), "Why is it a string?"),
        (("Why is it a string?", OPENED), "Why is it a string?"),
        ((f"{OPENED}\nWhy is it a string?",), "Why is it a string?"),
        ((f"Why is it a string?\n{OPENED}",), "Why is it a string?"),
        ((OPENED, "<ide_selection>Lines 1 to 2 are selected.</ide_selection>", "Why?"), "Why?"),
        ((OPENED, "<ide_diagnostics>[]</ide_diagnostics>", "<system-reminder>hi</system-reminder>", "Why?"), "Why?"),
        ((SELECTED, "Why?"), "Why?\n\ncart.py, lines 3 to 4:\n```\ndef total(xs):\n    return sum(xs)\n```"),
        (("What is the tag <ide_selection> for?",), "What is the tag <ide_selection> for?"),
        (("<user-prompt-submit-hook>be nice</user-prompt-submit-hook>", "Why?"), "Why?"),
        (("Why?", "And how?"), "Why?\n\nAnd how?"),
    ],
)
def test_what_the_editor_wraps_is_told_from_what_was_typed(tmp_path: Path, texts: tuple[str, ...], prompt: str) -> None:
    check(tmp_path, lambda log: (log.typed(*texts), log.says("So.")), [("user", prompt), ("assistant", "So.")])


def operation(name: str, content: str) -> str:
    return json.dumps({"type": "queue-operation", "operation": name, "content": content})


def queued(log: SessionLog, prompt: Any, **more: Any) -> None:
    if isinstance(prompt, str):
        log.lines.append(operation("enqueue", prompt))
    log.attached("queued_command", **{"commandMode": "prompt", "prompt": prompt, **more})


REMINDED = (
    "<system-reminder>\nThe user sent the following message:\nin euros\n\n"
    "Please address this message and continue with your tasks.\n</system-reminder>"
)


def work(log: SessionLog) -> None:
    log.user("Write the column.")
    log.does("Bash", {"command": "ls"}, "a.py")


WORK = [("user", "Write the column."), ("assistant", "bash"), ("tool", "a.py")]


@pytest.mark.parametrize(
    ("write", "wanted", "dropped"),
    [
        (lambda log: queued(log, "in euros"), [*WORK, ("user", "in euros"), ("assistant", "In euros.")], {}),
        (
            lambda log: queued(log, [{"type": "text", "text": "in euros"}], origin={"kind": "human"}),
            [*WORK, ("user", "in euros"), ("assistant", "In euros.")], {},
        ),
        (
            lambda log: log.typed(REMINDED, isMeta=True),
            [*WORK, ("user", "in euros"), ("assistant", "In euros.")], {},
        ),
        (lambda log: queued(log, [PNG]), WORK[:2], {NO_TEXT: 1, ALONE: 1}),
        (lambda log: queued(log, "done", commandMode="task-notification"), WORK[:2], {ALONE: 1}),
        (lambda log: queued(log, "go", origin={"kind": "coordinator"}), WORK[:2], {ALONE: 1}),
        (
            lambda log: log.lines.append(operation("enqueue", "in euros")),
            WORK[:2], {"a queued prompt whose place is not known": 1, ALONE: 1},
        ),
        (
            lambda log: log.lines.extend(operation(name, "in euros") for name in ("enqueue", "popAll")),
            [*WORK, ("assistant", "In euros.")], {},
        ),
        (lambda log: log.attached("todo_reminder", content=[]), [*WORK, ("assistant", "In euros.")], {}),
        (lambda log: log.typed("a hint between", isMeta=True), [*WORK, ("assistant", "In euros.")], {}),
    ],
)  # fmt: skip
def test_prompts_typed_while_the_assistant_worked_stand_where_they_were_read(
    tmp_path: Path, write: Write, wanted: list[tuple[str, str]], dropped: dict[str, int]
) -> None:
    check(tmp_path, lambda log: (work(log), write(log), log.says("In euros.")), wanted, dropped)


CODE = "def total(xs):\n    return sum(xs)\n"
SHOWN = "```\ndef total(xs):\n    return sum(xs)\n```"


@pytest.mark.parametrize(
    ("write", "attached"),
    [
        (
            lambda log: log.attached("file", filename=f"{CWD}/cart.py", content={
                "type": "text", "file": {"filePath": f"{CWD}/cart.py", "content": CODE, "numLines": 2}}),
            f"cart.py:\n{SHOWN}",
        ),
        (lambda log: log.attached("directory", path=f"{CWD}/src", content="a.py\nb.py"), "src:\n```\na.py\nb.py\n```"),
        (
            lambda log: log.attached("mcp_resource", server="s", uri="doc://x", content={
                "contents": [{"uri": "doc://x", "mimeType": "text/plain", "text": "hello"}]}),
            "doc://x:\n```\nhello\n```",
        ),
        (
            lambda log: log.attached("selected_lines_in_ide", filename="cart.py", lineStart=1, lineEnd=2, content=CODE),
            f"cart.py, lines 1 to 2:\n{SHOWN}",
        ),
        (
            lambda log: (
                log.typed('Called the Read tool with the following input: {"file_path":"cart.py"}', isMeta=True),
                log.typed('Result of calling the Read tool: "def total(xs): ..."', isMeta=True)),
            "def total(xs): ...",
        ),
    ],
)  # fmt: skip
def test_what_is_given_with_a_prompt_is_part_of_it(tmp_path: Path, write: Write, attached: str) -> None:
    wanted = [("user", f"Explain it\n\n{attached}"), ("assistant", "A sum.")]
    check(tmp_path, lambda log: (log.user("Explain it"), write(log), log.says("A sum.")), wanted)


def test_a_long_file_loses_its_middle_as_results_do(tmp_path: Path) -> None:
    log = SessionLog()
    log.user("Explain @a.txt")
    log.attached("file", filename=f"{CWD}/a.txt", content={"type": "text", "file": {"content": "x" * 9000}})
    log.says("Many x.")
    assert "characters left out" in imported(tmp_path, log)[1][0].messages[1]["content"]


def test_results_belong_to_calls_on_their_own_branch(tmp_path: Path) -> None:
    log = SessionLog()
    log.user("Size of a?")
    call = log.calls("Bash", {"command": "wc a"}, "m1")
    at = log.parent
    log.result(call, "1 old")
    log.says("One.")
    log.result(call, "2 new", parent=at)
    log.says("Two.")
    result, rows = imported(tmp_path, log)
    assert told(rows) == [("user", "Size of a?"), ("assistant", "bash"), ("tool", "2 new"), ("assistant", "Two.")]
    assert result.dropped == {"a reply on a branch that was given up": 1}


def test_a_subagent_in_its_callers_log_is_a_conversation_of_its_own(tmp_path: Path) -> None:
    log = SessionLog()
    log.user("Count all files.")
    task = log.calls("Task", {"prompt": "Count them"}, "m1")
    main = log.parent
    for agent in ("a", "b"):
        log.line("user", {"role": "user", "content": f"Count {agent}"}, parent=main, isSidechain=True, agentId=agent)
        log.says(f"Three in {agent}.", f"side-{agent}", isSidechain=True, agentId=agent)
    log.result(task, "six", parent=main)
    log.says("There are six.")
    rows = imported(tmp_path, log)[1]
    assert sorted((row.subcategory, row.messages[1]["content"], row.messages[-1]["content"]) for row in rows) == [
        ("session", "Count all files.", "There are six."),
        ("subagent", "Count a", "Three in a."),
        ("subagent", "Count b", "Three in b."),
    ]
    assert len({row.group for row in rows}) == 1


def test_interleaved_lines_without_links_are_told_apart_by_their_session(tmp_path: Path) -> None:
    one, other = SessionLog("s1"), SessionLog("s2")
    for log, topic in ((one, "cats"), (other, "dogs")):
        log.user(f"Tell me of {topic}")
        log.says(f"I like {topic}.")
        log.user(f"More {topic}")
        log.says(f"Many {topic}.")
    both = SessionLog("both")
    for pair in zip(one.lines, other.lines, strict=True):
        both.lines += [line.replace('"uuid"', '"x"').replace('"parentUuid"', '"y"') for line in pair]
    rows = imported(tmp_path, both)[1]
    assert sorted(told(rows)[at : at + 4] for at in (0, 4)) == [
        [("user", f"Tell me of {t}"), ("assistant", f"I like {t}."), ("user", f"More {t}"), ("assistant", f"Many {t}.")]
        for t in ("cats", "dogs")
    ]


def test_lines_out_of_order_are_read_as_they_are_linked(tmp_path: Path) -> None:
    log = SessionLog()
    log.user("one")
    log.says("1")
    log.user("two")
    log.says("2")
    log.lines[1], log.lines[2] = log.lines[2], log.lines[1]
    assert told(imported(tmp_path, log)[1]) == [
        ("user", "one"),
        ("assistant", "1"),
        ("user", "two"),
        ("assistant", "2"),
    ]


def test_what_the_user_said_to_a_rejected_call_is_the_next_prompt(tmp_path: Path) -> None:
    log = SessionLog()
    log.user("Fix the sum.")
    log.does("Bash", {"command": "ls"}, "a.py")
    log.does("Write", {"file_path": f"{CWD}/a.py", "content": "no"}, f"{SAID}No, put it into b.py", True)
    log.says("It is in b.py.")
    result, rows = imported(tmp_path, log)
    assert told(rows) == [
        ("user", "Fix the sum."), ("assistant", "bash"), ("tool", "a.py"),
        ("user", "No, put it into b.py"), ("assistant", "It is in b.py."),
    ]  # fmt: skip
    assert result.dropped == {"a call that the user rejected": 1}


def test_a_skill_is_a_call_and_its_text_the_result(tmp_path: Path) -> None:
    def write(log: SessionLog) -> None:
        log.user("Make the slides")
        call = log.calls("Skill", {"skill": "slides"}, "m9")
        log.result(call, "Launching skill: slides")
        log.typed("Use ten words a slide.", isMeta=True, sourceToolUseID=call)
        log.says("Made.")

    given = "Launching skill: slides\n\nUse ten words a slide."
    check(
        tmp_path, write, [("user", "Make the slides"), ("assistant", "skill"), ("tool", given), ("assistant", "Made.")]
    )


def test_an_edit_that_only_names_a_home_folder_ends_its_exchange(tmp_path: Path) -> None:
    given = {"file_path": "a.py", "old_string": "p = '/home/jane/a'", "new_string": "p = '/home/bob/a'"}

    def write(log: SessionLog) -> None:
        log.user("Change it")
        log.does("Edit", given, "ok")
        log.says("Changed.")

    check(tmp_path, write, [], {"an edit of nothing but the name of a home folder": 1, ALONE: 1})


def test_a_container_keeps_the_text_of_its_files(tmp_path: Path) -> None:
    log = SessionLog(cwd="/app")
    log.user("Read /app/Dockerfile and src/app/page.tsx")
    log.does("Read", {"file_path": "/app/Dockerfile"}, "     1\tWORKDIR /app\n     2\tCOPY . /app/")
    given = {"file_path": "/app/Dockerfile", "old_string": "COPY . /app/", "new_string": "COPY . /app/src/"}
    log.does("Edit", given, "done")
    log.says("See /app/Dockerfile.")
    row = imported(tmp_path, log)[1][0]
    assert row.messages[1]["content"] == "Read Dockerfile and src/app/page.tsx"
    assert row.messages[3]["content"] == "WORKDIR /app\nCOPY . /app/"
    assert row.messages[4]["tool_calls"][0]["function"]["arguments"] == {
        "path": "Dockerfile", "old": "COPY . /app/", "new": "COPY . /app/src/",
    }  # fmt: skip
    assert row.messages[-1]["content"] == "See Dockerfile."
