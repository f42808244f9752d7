"""`vibecoder data archive` and `should-train`, through the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

from support.planted_secrets import SECRETS, leaks
from support.rows import chat
from support.terminal import Terminal
from vibecoder.dataset.store import Dataset


def line(text: str) -> str:
    return json.dumps({"type": "user", "message": {"role": "user", "content": text}}) + "\n"


def test_new_and_grown_logs_are_copied_and_nothing_is_deleted(data: Terminal) -> None:
    log = Path("logs/p/s1.jsonl")
    log.parent.mkdir(parents=True)
    log.write_text(line("one") + '{"type": "us')
    out, err = data("archive", "logs", "--into", "kept")
    assert out == "kept: 1 new logs, 0 that have grown, 0 as they were\n"
    assert err == "note: 1 lines that are not whole JSON stay behind\n"
    copy = Path("kept/p/s1.jsonl")
    assert copy.read_text() == line("one")
    assert "0 new logs, 0 that have grown, 1 as they were" in data("archive", "logs", "--into", "kept")[0]
    log.write_text(line("one") + line("two"))
    assert "1 that have grown" in data("archive", "logs", "--into", "kept")[0]
    assert copy.read_text() == line("one") + line("two")
    log.write_text(line("one"))
    assert "their longer copies stay" in data("archive", "logs", "--into", "kept")[1]
    log.unlink()
    data("archive", "logs", "--into", "kept")
    assert copy.read_text() == line("one") + line("two")
    assert os.stat(copy).st_mode & 0o077 == 0


def test_no_secret_is_kept(data: Terminal) -> None:
    Path("logs").mkdir()
    rows = [{"message": {"content": [{"text": text, text: secret}]}} for secret, text in SECRETS.values()]
    Path("logs/s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    out, err = data("archive", "logs", "--into", "kept")
    kept = Path("kept/s.jsonl").read_text()
    assert len(kept.splitlines()) == len(SECRETS)
    assert not leaks(out + err + kept)


def test_an_archive_inside_its_source_is_not_copied_again(data: Terminal) -> None:
    Path("logs").mkdir()
    Path("logs/s.jsonl").write_text(line("one"))
    for _ in range(2):
        found = json.loads(data("archive", "logs", "--into", "logs/kept", "--json")[0])
    assert (found["new"], found["same"]) == (0, 1)
    assert "no folder at nowhere" in data("archive", "nowhere", "--into", "kept", status=2)[1]


def run(name: str, size: int, status: str, path: str = "dataset.jsonl") -> None:
    folder = Path("runs") / name
    folder.mkdir(parents=True)
    state = {"name": name, "created": name, "status": status, "data": {"path": path, "size": size}}
    (folder / "run.json").write_text(json.dumps(state))


def test_should_train_counts_rows_that_no_finished_run_has_seen(data: Terminal) -> None:
    dataset = Dataset("dataset.jsonl")
    dataset.append([chat(f"task number {n}", category="a") for n in range(5)])
    out, _ = data("should-train", "--rows", "5")
    assert out.splitlines() == [
        "dataset.jsonl: 5 good new rows of 5 and no run on it has finished; 5 are enough", "train: yes",
    ]  # fmt: skip
    run("1", Path("dataset.jsonl").stat().st_size, "finished")
    long = " ".join(f"w{n}" for n in range(90))
    dataset.append([chat(said, category="a") for said in ("something else", long, f"{long} end")])
    run("2", Path("dataset.jsonl").stat().st_size, "stopped")
    run("3", Path("dataset.jsonl").stat().st_size, "finished", "other.jsonl")
    out, _ = data("should-train", "--rows", "3", status=3)
    assert out.splitlines() == ["dataset.jsonl: 2 good new rows of 3 since 1; 3 are enough", "train: not yet"]
    found = json.loads(data("should-train", "--rows", "2", "--json")[0])
    assert found == {"ready": True, "since": "1", "new": 3, "good": 2, "wanted": 2, "categories": {"a": 2}}


def test_help_has_examples(data: Terminal) -> None:
    for command in ("archive", "should-train"):
        assert f"vibecoder data {command}" in " ".join(data(command, "--help")[0].split())
