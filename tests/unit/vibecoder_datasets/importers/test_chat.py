from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.leaks import shared_words
from support.planted_secrets import SECRETS, leaks
from vibecoder.dataset.importing import ImportResult, run_import
from vibecoder.dataset.split import split
from vibecoder.dataset.store import Dataset
from vibecoder.errors import DataError
from vibecoder.types import Example, ImportJob
from vibecoder_datasets.importers import CHAT

USER = {"role": "user", "content": [{"type": "text", "text": "List"}, {"type": "text", "text": "files"}]}
CALL = {"id": "c1", "type": "function", "function": {"name": "ls", "arguments": '{"path": "."}'}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL], "refusal": None}
RESULT, REPLY = {"role": "tool", "tool_call_id": "c1", "content": "a.py"}, {"role": "assistant", "content": "a.py"}
TOOLS = [{"type": "function", "function": {"name": "ls", "parameters": {"type": "object"}}}]


def import_from(path: Path) -> tuple[ImportResult, list[Example]]:
    result = run_import(CHAT, ImportJob(path), path.with_name("rows.jsonl"))
    rows = Dataset(path.with_name("rows.jsonl")).read().records if result.added else ()
    return result, [row for row in rows if isinstance(row, Example)]


def written(folder: Path, *rows: Any, end: str = "\n") -> Path:
    path = folder / "agent.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + end)
    return path


def test_a_conversation_is_normalised(tmp_path: Path) -> None:
    path = written(tmp_path, {"messages": [USER, CALLING, RESULT, REPLY], "tools": TOOLS, "id": 7})
    row = import_from(path)[1][0]
    assert row.messages[0]["content"] == "List\nfiles"
    assert row.messages[1]["content"] == ""
    assert row.messages[1]["tool_calls"][0]["function"]["arguments"] == {"path": "."}
    assert row.tools == tuple(TOOLS)
    assert (row.category, row.subcategory, row.verification) == ("tool-use", "chat", "imported")


def test_requests_that_go_on_are_one_row(tmp_path: Path) -> None:
    logged = [
        {"request": {"messages": [USER], "tools": TOOLS}, "response": {"choices": [{"message": CALLING}]}},
        {
            "request": {"messages": [USER, CALLING, RESULT], "tools": TOOLS},
            "response": {"choices": [{"message": REPLY}]},
        },
        {"messages": [{"role": "user", "content": "other"}, REPLY]},
    ]
    result, rows = import_from(written(tmp_path, *logged))
    assert [len(row.messages) for row in rows] == [4, 2]
    assert result.dropped == {"an earlier state of a conversation": 1}


def test_old_function_calls_are_read(tmp_path: Path) -> None:
    calling = {"role": "assistant", "content": None, "function_call": CALL["function"]}
    path = written(tmp_path, {"messages": [USER, calling, {"role": "function", "name": "ls", "content": "a"}, REPLY]})
    row = import_from(path)[1][0]
    assert [message["role"] for message in row.messages] == ["user", "assistant", "tool", "assistant"]


def test_bad_lines_cost_themselves_alone(tmp_path: Path) -> None:
    good = {"messages": [USER, REPLY]}
    strange = {"messages": [USER, {**CALLING, "tool_calls": [{**CALL, "id": {"a": 1}}]}, RESULT]}
    bad = [{"messages": []}, {"messages": "x"}, [1], {"messages": [{"role": "boss", "content": "x"}]}, strange, "{oops"]
    result, rows = import_from(written(tmp_path, *bad, good, '{"messages": [{"ro', end=""))
    assert len(rows) == 1
    assert sum(result.dropped.values()) == len(bad) + 1
    assert result.notes == ["a log whose last line is cut off; what stands before it is kept"]


def test_an_array_that_is_cut_off_keeps_what_stands_before(tmp_path: Path) -> None:
    text = json.dumps([{"messages": [USER, REPLY]}, {"messages": [REPLY, USER, REPLY]}], indent=1)
    result, rows = import_from(written(tmp_path, text))
    assert (len(rows), result.notes) == (2, [])
    (tmp_path / "rows.jsonl").unlink()
    result, rows = import_from(written(tmp_path, text[:-30]))
    assert len(rows) == 1
    assert len(result.notes) == 1


def test_no_secret_comes_out(tmp_path: Path) -> None:
    lines = [{"messages": [{"role": "user", "content": line}, {"role": "assistant", "content": secret}], "key": line}
             for secret, line in SECRETS.values()]  # fmt: skip
    spoilt = [{"messages": [{"role": line, "content": secret}]} for secret, line in SECRETS.values()]
    result, _ = import_from(written(tmp_path, *lines, *spoilt))
    assert result.kept == len(SECRETS)
    assert not leaks((tmp_path / "rows.jsonl").read_text() + json.dumps(result.to_json()))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file at .*nowhere"):
        import_from(tmp_path / "nowhere.jsonl")


def said(*texts: str, system: str | None = None) -> dict[str, Any]:
    turns = [{"role": "user" if at % 2 == 0 else "assistant", "content": text} for at, text in enumerate(texts)]
    return {"messages": [*([{"role": "system", "content": system}] if system else []), *turns]}


PARSE = ("Why does the parser fail on empty input of the second kind?", "It reads the first byte without a check.")
NAME = ("Name the file that holds all the settings of this program.", "settings.toml")


def contents(rows: list[Example]) -> list[list[str]]:
    return [[turn["content"] for turn in row.messages if turn["role"] != "system"] for row in rows]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 1, 3), (2, 3, 0, 1), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_of_conversations_logged_in_turn_the_furthest_states_are_rows(tmp_path: Path, order: tuple[int, ...]) -> None:
    states = [said(*PARSE), said(*PARSE, "Fix it.", "Done."), said(*NAME), said(*NAME, "Where is it?", "At home.")]
    result, rows = import_from(written(tmp_path, *(states[at] for at in order)))
    assert sorted(map(len, contents(rows))) == [4, 4]
    assert result.dropped == {"an earlier state of a conversation": 2}
    assert len({row.group for row in rows}) == 2


def test_forks_and_repeats_of_a_conversation_are_one_group(tmp_path: Path) -> None:
    forks = [said(*PARSE, "Fix it.", "Done."), said(*PARSE, "Leave it.", "Fine."), said(PARSE[0], "I don't know.")]
    _, rows = import_from(written(tmp_path, *forks, said(*NAME)))
    assert len(rows) == 4
    assert len({row.group for row in rows[:3]}) == 1
    assert rows[3].group != rows[0].group


def test_a_system_prompt_that_tells_the_time_does_not_divide_a_conversation(tmp_path: Path) -> None:
    first, second = said(*PARSE, system="It is 9:00."), said(*PARSE, "Fix it.", "Done.", system="It is 9:05.")
    result, rows = import_from(written(tmp_path, first, second))
    assert len(rows) == 1
    assert result.dropped == {"an earlier state of a conversation": 1}
    greetings = [said("Hi", "Hello", system="You are a cook."), said("Hi", "Hello", "Bye", "Bye", system="You drive.")]
    (tmp_path / "rows.jsonl").unlink()
    assert len({row.group for row in import_from(written(tmp_path, *greetings))[1]}) == 2


def test_the_group_stays_when_the_log_grows_or_is_another_file(tmp_path: Path) -> None:
    before = import_from(written(tmp_path, said(*NAME), said(*PARSE)))[1]
    after = import_from(written(tmp_path, said(*NAME), said(*PARSE), said(*PARSE, "Fix it.", "Done.")))[1]
    assert {row.group for row in after if row.messages[0]["content"] == PARSE[0]} == {before[1].group}
    assert before[1].provenance["shows"] == after[-1].provenance["shows"][:1]


def test_a_part_that_is_no_text_costs_its_conversation(tmp_path: Path) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    bad = [
        {"messages": [{"role": "user", "content": [image]}, REPLY]},
        {"messages": [{"role": "user", "content": ["Look:", image]}, REPLY]},
        {"request": {"messages": [USER], "images": ["a.png"]}, "response": {"choices": [{"message": REPLY}]}},
        {"messages": [USER, CALLING, {**RESULT, "content": [image]}, REPLY]},
    ]
    result, rows = import_from(written(tmp_path, *bad, said(*NAME)))
    assert contents(rows) == [list(NAME)]
    assert sum(n for reason, n in result.dropped.items() if "a part that is no text" in reason) == len(bad)


def test_requests_of_anthropics_form_are_read_with_their_responses(tmp_path: Path) -> None:
    use = {"type": "tool_use", "id": "t", "name": "ls", "input": {"path": "."}}
    request = {"system": "Be brief.", "messages": [{"role": "user", "content": "List"}],
               "tools": [{"name": "ls", "input_schema": {"type": "object"}}]}  # fmt: skip
    answer = {"type": "tool_result", "tool_use_id": "t", "content": "a.py"}
    going_on = [*request["messages"], {"role": "assistant", "content": [use]}, {"role": "user", "content": [answer]}]
    logged = [
        {"request": request, "response": {"role": "assistant", "content": [use], "stop_reason": "tool_use"}},
        {
            "request": {**request, "messages": going_on},
            "response": {"role": "assistant", "content": [{"type": "text", "text": "a.py"}]},
        },
    ]
    result, rows = import_from(written(tmp_path, *logged))
    assert [turn["role"] for turn in rows[0].messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert rows[0].tools == tuple(TOOLS)
    assert (len(rows), result.dropped) == (1, {"an earlier state of a conversation": 1})


def test_nulls_of_arrow_are_taken_out(tmp_path: Path) -> None:
    def row(name: str, arguments: dict[str, Any], tools: list[Any]) -> dict[str, Any]:
        call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}
        return {
            "messages": [{"role": "user", "content": name}, {**CALLING, "tool_calls": [call]}, RESULT, REPLY],
            "tools": tools,
        }

    bare = [row("ls", {"path": ".", "text": None}, []), row("echo", {"path": None, "text": "a"}, [])]
    result, rows = import_from(written(tmp_path, *bare, row("ls", {"path": None}, TOOLS)))
    calls = [row.messages[1]["tool_calls"][0]["function"]["arguments"] for row in rows]
    assert calls == [{"path": "."}, {"text": "a"}, {}]
    assert "left out of rows: 3 nulls" in result.notes[0]


@settings(deadline=None)
@given(st.data())
def test_no_words_of_a_held_out_conversation_are_trained_on(data: st.DataObject) -> None:
    """Conversations that grow, fork, are retried and repeat each other's words, logged in any order."""
    rng = data.draw(st.randoms(use_true_random=False))
    made = 0

    def text() -> str:
        nonlocal made
        made += 1
        return " ".join(f"w{made}q{n}" for n in range(12))

    open_ones: list[list[str]] = []
    logged: list[list[str]] = []
    spoken = [text() for _ in range(3)]
    for _ in range(data.draw(st.integers(2, 25))):
        if open_ones and rng.random() < 0.6:
            known = rng.choice(open_ones)
            kept = known[: 2 * rng.randrange(0, len(known) // 2 + 1)]
        else:
            kept = []
        prompt = rng.choice(spoken) if rng.random() < 0.15 else text()
        going_on = [*kept, prompt, text()]
        open_ones.append(going_on)
        logged.append(going_on)
    rng.shuffle(logged)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agent.jsonl"
        path.write_text("".join(f"{json.dumps(said(*texts, system='Work.'))}\n" for texts in logged))
        rows = import_from(path)[1]
    for share, seed in ((0.2, 0), (0.5, 1)):
        train, held = split(rows, share, seed)
        assert shared_words(train, held) == set()
