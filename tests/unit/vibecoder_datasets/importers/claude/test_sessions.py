"""A session that was resumed or forked repeats its history: one group, and every exchange in one row."""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from support.leaks import shared_words
from support.session_log import SessionLog
from support.session_rows import imported, told
from vibecoder.dataset.split import split
from vibecoder.dataset.store import Dataset
from vibecoder.types import Example
from vibecoder_datasets.importers.claude.rows import SYSTEM


def log_of(session: str, *turns: tuple[str, str], ids: bool = True) -> SessionLog:
    """A session whose replies have the ids of messages that their words decide, as copies of a session do."""
    log = SessionLog(session)
    for asked, reply in turns:
        log.user(asked)
        log.says(reply, f"msg-{abs(hash(reply))}" if ids else None)
    return log


PARSE = ("What does parse do with 30 February?", "It raises, since it calls datetime.date with them.")
NONE = ("Make it return None instead.", "Done, it returns None for days that do not exist.")
DOCS = ("And add a docstring.", "Added one.")
UNDO = ("Undo that again, please.", "It raises as before.")


def test_a_resumed_session_is_one_group_and_its_longest_state_the_row(tmp_path: Path) -> None:
    result, rows = imported(tmp_path, log_of("a", PARSE, NONE), log_of("b", PARSE, NONE, DOCS))
    assert len(rows) == 1
    assert [turn for turn in told(rows) if turn[0] == "user"] == [("user", asked) for asked, _ in (PARSE, NONE, DOCS)]
    assert result.dropped == {"an exchange that another session repeats": 2}


def test_forks_are_one_group_and_what_they_share_one_row(tmp_path: Path) -> None:
    result, rows = imported(tmp_path, log_of("a", PARSE, NONE, DOCS), log_of("b", PARSE, UNDO), log_of("c", PARSE))
    assert len({row.group for row in rows}) == 1
    asked = Counter(text for role, text in told(rows) if role == "user")
    assert asked == Counter([PARSE[0], NONE[0], DOCS[0], UNDO[0]])
    assert result.dropped == {"an exchange that another session repeats": 2}


def test_copies_without_ids_are_known_by_their_words(tmp_path: Path) -> None:
    _, rows = imported(tmp_path, log_of("a", PARSE, ids=False), log_of("b", PARSE, DOCS, ids=False))
    assert len(rows) == 1


def test_short_words_that_many_say_join_no_sessions(tmp_path: Path) -> None:
    logs = []
    for name in "abc":
        log = SessionLog(name)
        log.user("Hi")
        log.says("Hello.", f"{name}-1")
        log.user(f"What is {name}?")
        log.says(f"A letter called {name}.", f"{name}-2")
        logs.append(log)
    _, rows = imported(tmp_path, *logs)
    assert len({row.group for row in rows}) == 3


def test_a_session_that_is_resumed_after_an_import_stays_in_its_group(tmp_path: Path) -> None:
    before = imported(tmp_path, log_of("m", PARSE, NONE))[1]
    result, rows = imported(tmp_path, log_of("a", PARSE, NONE, DOCS))
    assert len(rows) == 2
    assert told(rows[1:]) == [("user", DOCS[0]), ("assistant", DOCS[1])]
    assert result.added == 1
    train, held = split([*rows, *(other(n) for n in range(9))], 0.5, 0)
    assert {row.id for row in rows} <= {row.id for row in train} or {row.id for row in rows} <= {row.id for row in held}
    assert before[0].id == rows[0].id


def test_a_session_that_grew_gives_what_is_new(tmp_path: Path) -> None:
    imported(tmp_path, log_of("a", PARSE))
    result, rows = imported(tmp_path, log_of("a", PARSE, NONE))
    assert [len(row.messages) for row in rows] == [3, 3]
    assert result.added == 1
    assert imported(tmp_path, log_of("a", PARSE, NONE))[0].dropped == {"read by an earlier import": 1}


def other(number: int) -> Example:
    turns = [{"role": "user", "content": f"Question {number}"}, {"role": "assistant", "content": f"Answer {number}"}]
    return Example(messages=turns, category="tool-use", group=f"other:{number}", id=f"{number}")


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 8), st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_no_words_of_a_held_out_session_are_trained_on(
    count: int, rng: random.Random, ids: bool, in_two_imports: bool
) -> None:
    """Sessions that are resumed, forked at any prompt, retried, or repeat a long prompt of another one."""
    made = 0

    def words() -> str:
        nonlocal made
        made += 1
        return " ".join(f"w{made}q{n}" for n in range(rng.choice([11, 14])))

    prompts = [words() for _ in range(2)]
    sessions: list[list[tuple[str, str]]] = []
    for _ in range(count * 3):
        kept: list[tuple[str, str]] = []
        if sessions and rng.random() < 0.6:
            known = rng.choice(sessions)
            kept = known[: rng.randrange(len(known) + 1)]
        added = [(rng.choice(prompts) if rng.random() < 0.1 else words(), words()) for _ in range(rng.randrange(1, 4))]
        if kept and rng.random() < 0.3:
            added[0] = (kept[-1][0], added[0][1])
            kept = kept[:-1]
        sessions.append([*kept, *added])
    names = [f"s{n}" for n in range(len(sessions))]
    rng.shuffle(names)
    logs = [log_of(name, *turns, ids=ids) for name, turns in zip(names, sessions, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        half = len(logs) // 2 if in_two_imports else 0
        if half:
            imported(Path(folder), *logs[:half])
        imported(Path(folder), *logs[half:])
        rows = Dataset(Path(folder) / "rows.jsonl").read().records
    asked = Counter(json.dumps(pair) for turns in sessions for pair in turns)
    replies = Counter(turn["content"] for row in rows for turn in row.messages if turn["role"] == "assistant")  # type: ignore[union-attr]
    assert set(replies) == {json.loads(pair)[1] for pair in asked}
    assert max(replies.values()) == 1
    common = [SYSTEM, *(text for text in prompts if len({row.group for row in rows if text in repr(row)}) > 10)]
    for share, seed in ((0.2, 0), (0.5, 1)):
        train, held = split(rows, share, seed)
        assert shared_words(train, held, common) == set()
