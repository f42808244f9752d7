"""The optional teacher: rewords what it may, changes nothing else, resumes, and is refused what it must not say."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from support.servers.chat import ChatServer, serving
from vibecoder.cli import main
from vibecoder.dataset.generating import generated_records
from vibecoder.dataset.records import to_line
from vibecoder.errors import DataError, OutputError
from vibecoder.types import Example, Generated, GenerateJob, Infill, Teacher
from vibecoder_datasets import STARTER
from vibecoder_datasets.checking import claims
from vibecoder_datasets.teaching import endpoint
from vibecoder_datasets.teaching.teacher import original, rewritten, taught
from vibecoder_datasets.teaching.wordings import refusal

ROWS = [row for row in generated_records(STARTER, 24, 2) if isinstance(row, Example)]


def polite(turns: dict[str, str]) -> str:
    return "Sure:\n```json\n" + json.dumps({at: f"So: {text}" for at, text in turns.items()}) + "\n```"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving(polite) as running:
        yield running


def test_only_wordings_change(server: ChatServer, tmp_path: Path) -> None:
    found = list(rewritten(ROWS, server.url, "any", tmp_path))
    assert len(found) == len(ROWS) == len(server.requests)
    for row, new in zip(ROWS, found, strict=True):
        assert isinstance(new, Example)
        assert new.id != row.id
        assert (new.tools, new.group, new.verification) == (row.tools, row.group, row.verification)
        changed = 0
        for old, message in zip(row.messages, new.messages, strict=True):
            assert {**message, "content": ""} == {**old, "content": ""}
            if message != old:
                changed += 1
                assert message["content"] == f"So: {old['content']}"
                assert message["role"] == "user" or message.get("tool_calls")
        assert changed == len(new.provenance["reworded"]["was"]) > 0
        assert claims.problems(new) == []
        assert to_line(original(new)) == to_line(row)
    assert {request["path"] for request in server.requests} == {"/v1/chat/completions"}
    assert {request["model"] for request in server.requests} == {"any"}


def test_what_was_answered_is_not_asked_again(server: ChatServer, tmp_path: Path) -> None:
    first = list(islice(rewritten(ROWS, server.url, "any", tmp_path), 5))
    asked = len(server.requests)
    assert 5 <= asked < len(ROWS)
    again = list(rewritten(ROWS, server.url, "any", tmp_path))
    assert again[:5] == first
    assert len(server.requests) == len(ROWS)
    server.answer = lambda _: "never asked"
    assert list(rewritten(ROWS, server.url, "any", tmp_path)) == again
    assert list(rewritten(again, server.url, "any", tmp_path)) == again


def test_refused_wordings_are_kept_with_their_reasons(server: ChatServer, tmp_path: Path) -> None:
    server.answer = lambda turns: json.dumps({at: f"{text} See helper_9.py." for at, text in turns.items()})
    for _ in range(2):
        assert list(rewritten(ROWS[:6], server.url, "any", tmp_path)) == ROWS[:6]
    lines = (tmp_path / "refused.jsonl").read_text().splitlines()
    refused = [json.loads(line) for line in lines]
    assert len(set(lines)) == len(lines) >= 6
    assert {line["row"] for line in refused} == {row.id for row in ROWS[:6]}
    assert all("helper_9.py" in line["reason"] and "helper_9.py" in line["wording"] for line in refused)


def test_a_reply_that_is_none_costs_nothing(server: ChatServer, tmp_path: Path) -> None:
    server.answer = lambda _: "I cannot do that {"
    assert list(rewritten(ROWS[:2], server.url, "any", tmp_path)) == ROWS[:2]
    assert "the reply is no JSON object" in (tmp_path / "refused.jsonl").read_text()


def test_rows_without_conversations_pass(server: ChatServer, tmp_path: Path) -> None:
    rows = [Infill(prefix="a", middle="b", suffix="c")]
    assert list(rewritten(rows, server.url, "any", tmp_path)) == rows
    assert server.requests == []


def test_a_busy_server_is_asked_again(server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_PAUSE", 0.001)
    monkeypatch.setenv(endpoint.KEY, "a key")
    server.failures = [(429, {"Retry-After": "0"}), (503, {})]
    (row,) = rewritten(ROWS[:1], server.url, "any", tmp_path)
    assert "reworded" in row.provenance
    assert len(server.requests) == 3
    assert server.keys == ["Bearer a key"] * 3
    server.failures = [(500, {})] * endpoint.TRIES
    with pytest.raises(DataError, match="failed 5 times: 500"):
        list(rewritten(ROWS[1:2], server.url, "any", tmp_path))


def test_errors_are_one_line(server: ChatServer, tmp_path: Path) -> None:
    server.failures = [(401, {})]
    with pytest.raises(DataError, match=r"refuses: 401 .*status 401"):
        list(rewritten(ROWS[:1], server.url, "any", tmp_path))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(DataError, match="no teacher answers at"):
        list(rewritten(ROWS[:1], closed, "any", tmp_path))
    for url in ("localhost:8000", "ftp://host/v1", "http://host:port/v1"):
        with pytest.raises(DataError, match="--teacher"):
            list(rewritten(ROWS[:1], url, "any", tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write the teacher's cache"):
        list(rewritten(ROWS[:1], server.url, "any", tmp_path / "file" / "cache"))


OLD = 'Rename `old_name` in shop/price.py to "net total", lines 3 to 9, but don\'t touch center.'


@pytest.mark.parametrize(
    ("wording", "reason"),
    [
        ('In shop/price.py, lines 3 to 9, `old_name` should become "net total"; don\'t change center.', ""),
        (OLD, ""),
        (None, "no wording was given"),
        (" ", "no wording was given"),
        (OLD.replace("old_name", "new_name"), "it lacks the quoted `old_name`"),
        (OLD.replace("`", ""), "it lacks the quoted `old_name`"),
        (OLD.replace("9", "10"), "it lacks the number 9"),
        (OLD + " See 4.", "it adds the number 4"),
        (OLD + " Use net_total.", "it adds the name net_total"),
        (OLD.replace("shop/price.py", "the shop's file"), "it lacks the name shop/price.py"),
        (OLD.replace("center", "that"), "it lacks center"),
        (OLD.replace("but don't touch", "and change"), "it drops or adds a negation"),
        (OLD + " Both of them.", "it adds the number word both"),
        (OLD + "\nPlease.", "it adds lines"),
        (OLD + "<|im_end|>", "it holds control tokens"),
        ("Reworded: " + OLD, "it speaks of the rewording"),
        (OLD + " please" * 60, f"it has {len(OLD) + 420} characters instead of {len(OLD)}"),
    ],
)
def test_what_is_refused(wording: str | None, reason: str) -> None:
    assert refusal(OLD, wording, ("center", "absent")) == reason


def test_batches_go_on_where_they_were(server: ChatServer, tmp_path: Path) -> None:
    """What a resumed job is given are rewritten rows; the generator sees its own."""
    given: list[GenerateJob] = []

    def batches(job: GenerateJob) -> Iterator[Generated]:
        given.append(job)
        for at in range(2):
            records = job.made.get(f"part {at}", ROWS[2 * at : 2 * at + 2])
            yield Generated(batch=f"part {at}", records=records, skipped={"none": 1})
        yield Generated(skipped={"no material": 3})

    job = GenerateJob(teacher=Teacher(server.url, "any", tmp_path))
    parts = list(taught(job, batches))
    assert [part.batch for part in parts] == ["part 0 in the words of any", "part 1 in the words of any", ""]
    assert [dict(part.skipped) for part in parts] == [{"none": 1}, {"none": 1}, {"no material": 3}]
    assert all("reworded" in row.provenance for part in parts for row in part.records)
    made = {parts[0].batch: parts[0].records, "part 1": ROWS[:1]}
    assert list(taught(replace(job, made=made), batches)) == parts
    assert list(given[1].made) == ["part 0"]
    assert list(map(to_line, given[1].made["part 0"])) == list(map(to_line, ROWS[:2]))
    assert [part.records for part in taught(GenerateJob(), batches)] == [ROWS[:2], ROWS[2:4], ()]


def test_the_command_hands_it_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for args, reason in (
        (("--teacher-model", "any"), "--teacher-model is for --teacher"),
        (("--teacher", "nowhere"), "--teacher nowhere is no address"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(["data", "generate", "powertools", "--count", "1", "--into", str(tmp_path / "d.jsonl"), *args])
        assert stopped.value.code == 2
        assert reason in capsys.readouterr().err
