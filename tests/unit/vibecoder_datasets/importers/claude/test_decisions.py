"""What the user decided stays in the conversation, in the user's own turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.session_log import CWD, SessionLog
from support.session_rows import imported, told

ALONE, UNKNOWN = "a reply without its prompt", "a question whose answer is not known"
REJECTED = "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit)."
SAID = f"{REJECTED} To tell you how to proceed, the user said:\n"
WHICH = {"question": "Which database?", "header": "Database", "options": [{"label": "SQLite"}, {"label": "Postgres"}]}
PORT = {"question": "Which port?", "options": [{"label": "5432", "description": "the usual one"}, {"label": "6000"}]}
ASKED = "Which database?\n- SQLite\n- Postgres"
PLAN = "1. Add a table\n2. Fill it"
END = "You can now continue with the user's answers in mind."


def decided(folder: Path, name: str, given: dict[str, Any], result: str, error: bool = False, **more: Any) -> Any:
    log = SessionLog()
    log.user("Set up a database.")
    call = log.calls(name, given, "m1")
    log.result(call, result, error, **more)
    log.does("Write", {"file_path": f"{CWD}/db.py", "content": "import psycopg\n"}, "File created successfully")
    log.says("db.py uses Postgres.")
    return imported(folder, log)


BEGIN = ("user", "Set up a database.")
AFTER = [("assistant", "write_file"), ("tool", "created db.py (1 lines)"), ("assistant", "db.py uses Postgres.")]


@pytest.mark.parametrize(
    ("questions", "result", "data", "asked", "answer"),
    [
        ([WHICH], f'User has answered your questions: "Which database?"="Postgres". {END}', None, ASKED, "Postgres"),
        ([WHICH], f'Your questions have been answered: "Which database?"="Postgres". {END}', None, ASKED, "Postgres"),
        ([WHICH], f'x "Which database?"="the "big" one". {END}', None, ASKED, 'the "big" one'),
        ([WHICH], "anything", {"answers": {"Which database?": "Postgres"}}, ASKED, "Postgres"),
        ([WHICH], "anything", {"answers": {"Which database?": ["SQLite", "Postgres"]}}, ASKED, "SQLite, Postgres"),
        (
            [WHICH], "anything",
            {"answers": {"Which database?": "Postgres"}, "annotations": {"Which database?": {"notes": "version 16"}}},
            ASKED, "Postgres\nversion 16",
        ),
        (
            [WHICH, PORT], f'User has answered: "Which database?"="Postgres", "Which port?"="6000". {END}', None,
            f"{ASKED}\n\nWhich port?\n- 5432: the usual one\n- 6000", "Which database? Postgres\nWhich port? 6000",
        ),
    ],
)  # fmt: skip
def test_a_question_is_the_assistants_and_the_answer_the_users(
    tmp_path: Path, questions: list[Any], result: str, data: Any, asked: str, answer: str
) -> None:
    more = {"toolUseResult": data} if data else {}
    done, rows = decided(tmp_path, "AskUserQuestion", {"questions": questions}, result, **more)
    assert told(rows) == [BEGIN, ("assistant", asked), ("user", answer), *AFTER]
    assert done.dropped == {}


@pytest.mark.parametrize(
    ("given", "result", "error", "answer"),
    [
        ({"plan": PLAN}, "User has approved your plan. You can now start coding.", False, "Yes."),
        ({}, f"User has approved your plan.\n\n## Approved Plan:\n{PLAN}", False, "Yes."),
        (
            {"plan": PLAN}, "User has approved your plan.\n\n## Approved Plan (edited by user):\n1. Fill it", False,
            "Yes, with these changes:\n\n1. Fill it",
        ),
        ({"plan": PLAN}, f"{SAID}Leave the table out", True, "Leave the table out"),
    ],
)  # fmt: skip
def test_a_plan_is_the_assistants_and_the_decision_the_users(
    tmp_path: Path, given: dict[str, Any], result: str, error: bool, answer: str
) -> None:
    _, rows = decided(tmp_path, "ExitPlanMode", given, result, error)
    assert told(rows) == [BEGIN, ("assistant", PLAN), ("user", answer), *AFTER]


@pytest.mark.parametrize(
    ("name", "given", "result", "error"),
    [
        ("AskUserQuestion", {"questions": [WHICH]}, "(No answer provided)", False),
        ("AskUserQuestion", {"questions": [WHICH]}, "No response after 60s", False),
        ("AskUserQuestion", {"questions": [WHICH]}, "timed out", True),
        ("AskUserQuestion", {"questions": "?"}, "User has answered", False),
        ("ExitPlanMode", {"plan": PLAN}, "Your plan has been submitted to the team lead for approval", False),
        ("ExitPlanMode", {}, "User has approved exiting plan mode. You can now proceed.", False),
    ],
)
def test_a_decision_that_is_not_known_ends_the_exchange(
    tmp_path: Path, name: str, given: dict[str, Any], result: str, error: bool
) -> None:
    done, rows = decided(tmp_path, name, given, result, error)
    assert rows == []
    assert done.dropped == {UNKNOWN: 1, ALONE: 2, "a file without a conversation": 1}


def test_a_question_that_was_not_answered_ends_the_exchange(tmp_path: Path) -> None:
    done, rows = decided(tmp_path, "AskUserQuestion", {"questions": [WHICH]}, REJECTED, True)
    assert rows == []
    assert done.dropped["a call that the user rejected"] == 1


def test_words_beside_a_question_come_before_it(tmp_path: Path) -> None:
    log = SessionLog()
    log.user("Set up a database.")
    log.says("There are two ways.", "m1")
    call = log.calls("AskUserQuestion", {"questions": [WHICH]}, "m1")
    log.result(call, f'User has answered your questions: "Which database?"="Postgres". {END}')
    log.write(tmp_path / "projects")
    rows = imported(tmp_path, log)[1]
    assert told(rows) == [BEGIN, ("assistant", f"There are two ways.\n\n{ASKED}")]


def test_a_plan_mode_that_is_entered_is_the_agents_own(tmp_path: Path) -> None:
    done, rows = decided(tmp_path, "EnterPlanMode", {}, "Entered plan mode.")
    assert told(rows) == [BEGIN, *AFTER]
    assert done.dropped == {"a call of the agent's own bookkeeping": 1}
