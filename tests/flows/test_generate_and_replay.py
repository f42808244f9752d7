"""Rows come out exact in number, the same whatever the number of processes, resumable, and each as it was stored."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from vibecoder import plugins
from vibecoder.cli import main
from vibecoder.dataset.generating import apportion, generated_records
from vibecoder.dataset.records import to_line
from vibecoder.dataset.store import Dataset
from vibecoder.types import Example, GenerateJob
from vibecoder_datasets import CATEGORIES
from vibecoder_datasets.material.hand import Hand, OutOfMaterial
from vibecoder_datasets.material.kit import Part
from vibecoder_datasets.pipeline import plan as catalogue
from vibecoder_datasets.pipeline.admission import Gate, uses_of
from vibecoder_datasets.pipeline.generator import batches, replay
from vibecoder_datasets.pipeline.plan import ANY_FUNCTION, LIMIT, MODULES, counts, is_first, places, shares

PLAN = {
    "tool-use": {"single": 140, "parallel": 175, "multi-turn": 175, "error recovery": 140, "irrelevance": 70},
    "powertools": {"index": 20, "definition": 45, "references": 45, "functions": 25, "classes": 25, "stats": 15},
    "superpowers": {
        "collaboration": 150,
        "debugging": 100,
        "testing": 50,
        "problem-solving": 100,
        "architecture": 50,
    },
    "agentic": {"tdd": 80, "debugging": 80, "planning": 80, "review": 80, "exploration": 80},
    "craftsmanship": {"dry": 100, "solid": 100, "clean code": 100, "refactoring": 100},
    "collaboration": {"clarification": 40, "progress": 40, "trade-offs": 40, "uncertainty": 40, "suggestions": 40},
}
CATEGORY = "tool-use"


def made(count: int, seed: int, workers: int, repo: Path | None = None) -> bytes:
    job = GenerateJob(count, seed, workers=workers, repo=repo)
    return b"".join(to_line(record) for part in batches(CATEGORY, job) for record in part.records)


def terminal(*arguments: str, status: int = 0) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["data", *arguments])
    assert stopped.value.code == status


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small git repository with tests, which opens at once."""
    folder = tmp_path_factory.mktemp("code") / "mine"
    shutil.copytree(Path(catalogue.__file__).parents[1] / "projects" / "samples", folder)
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], check=True)
    return folder


def test_the_plan_adds_up() -> None:
    assert sum(spec.default_count for spec in CATEGORIES) == 2525
    for spec in CATEGORIES:
        assert sum(share.count for share in shares(spec.name)) == spec.default_count
        found: Counter[str] = Counter()
        for share in shares(spec.name):
            found[share.subcategory] += share.count
        if spec.name in PLAN:
            assert sorted(found.values()) == sorted(PLAN[spec.name].values())


@pytest.mark.parametrize("total", [0, 1, 7, 100, 1001])
def test_a_count_is_divided_in_proportion(total: int) -> None:
    for category in MODULES:
        assert sum(counts(category, total)) == total
        assert all(
            sum(places(share, count).values()) == count
            for share, count in zip(shares(category), counts(category, total), strict=True)
        )
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]
    assert apportion(3, [0, 0]) == [2, 1]


def test_units_divide_the_material() -> None:
    items = list(range(103))
    parts = [Part("seed", index, 7).of(items) for index in range(7)]
    assert sorted(item for part in parts for item in part) == items
    assert parts != [Part("other", index, 7).of(items) for index in range(7)]


def test_a_module_and_its_tests_are_of_one_part() -> None:
    paths = ["a/chains.py", "a/tests/test_chains.py", "b/cuts.py", "b/tests/test_cuts.py", "c/paths.py"]
    for index in range(3):
        part = Part("seed", index, 3).of(paths)
        assert ("a/chains.py" in part) == ("a/tests/test_chains.py" in part)
        assert ("b/cuts.py" in part) == ("b/tests/test_cuts.py" in part)


def test_what_is_ones_own_is_dealt_first() -> None:
    hand = Hand(random.Random(1), range(20), is_own=lambda item: item % 4 == 0)
    assert sorted(hand.draw() for _ in range(5)) == [0, 4, 8, 12, 16]
    assert len({hand.draw() for _ in range(15)}) == 15


def test_a_hand_ends_when_all_is_used_up() -> None:
    hand = Hand(random.Random(0), "abc", lambda item: item == "b")
    assert sorted(hand.draw() for _ in range(4))[0] == "a"
    assert set(hand.dealt) == {"a", "c"}
    with pytest.raises(OutOfMaterial):
        Hand(random.Random(0), "abc", lambda _: True).draw()
    with pytest.raises(OutOfMaterial):
        Hand(random.Random(0), "").draw()


def test_a_place_is_first_for_a_few_shares_in_proportion() -> None:
    owners = Counter(
        category
        for at in range(400)
        for category in MODULES
        for share in range(len(shares(category)))
        if is_first("networkx", str(at), category, share)
    )
    assert 2 * 400 < owners.total() <= LIMIT * 400
    assert set(owners) == MODULES.keys() - ANY_FUNCTION
    assert owners["agentic"] > owners["problem-solving"]


def test_the_gate_refuses_what_is_there() -> None:
    def row(text: str, identity: str, *functions: str) -> Example:
        said = [{"role": "user", "content": text}, {"role": "assistant", "content": "Yes."}]
        return Example(messages=said, id=identity, provenance={"project": "p", "functions": list(functions)})

    gate = Gate()
    text = "please have a look at the third file and tell me what it is for"
    gate.admit(row(text, "1", "a.py:f"))
    assert gate.refusal(row("other words", "1")) == "a row that is there already"
    assert gate.refusal(row(text + " now", "2")) == "a request much like another"
    for n in range(LIMIT - 1):
        assert not gate.refusal(row(f"another {n}", f"3{n}", "a.py:f"))
        gate.admit(row(f"another {n}", f"3{n}", "a.py:f"))
    assert gate.refusal(row("and more", "4", "a.py:f")) == "a function or test that other rows use"
    assert not gate.refusal(row("and more", "4", "a.py:g"))


def test_uses_by_other_categories_count(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(made(12, 3, 2))
    rows = [row for row in Dataset(path).read().records if isinstance(row, Example)]
    used = Counter(use for row in rows for use in uses_of(row))
    often = [replace(row, id=f"{n}{row.id}", category="powertools") for n in range(LIMIT) for row in rows]
    parts = list(batches(CATEGORY, GenerateJob(12, 3, workers=2, others=often)))
    others = [row for part in parts for row in part.records if isinstance(row, Example)]
    assert others
    assert not used.keys() & {use for row in others for use in uses_of(row)}


def test_the_same_rows_whatever_the_number_of_processes(repository: Path, tmp_path: Path) -> None:
    one, two = made(12, 3, 1, repository), made(12, 3, 2, repository)
    assert one == two
    assert len(one.splitlines()) == 12
    assert made(12, 4, 2, repository) != one
    wanted = Counter({share.subcategory: 0 for share in shares(CATEGORY)})
    for share, count in zip(shares(CATEGORY), counts(CATEGORY, 12), strict=True):
        wanted[share.subcategory] += count
    assert Counter(json.loads(line)["subcategory"] for line in one.splitlines()) == +wanted
    path = tmp_path / "rows.jsonl"
    path.write_bytes(one)
    records = Dataset(path).read().records
    assert list(replay(records, GenerateJob(workers=2, repo=repository))) == [[]] * 12


def test_an_altered_row_is_found_by_its_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = made(3, 5, 2).splitlines()
    row = json.loads(lines[1])
    result = next((message for message in row["messages"] if message["role"] == "tool"), None)
    assert result is not None
    result["content"] += " "
    del row["id"]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(lines[0] + b"\n" + json.dumps(row).encode() + b"\n" + lines[2] + b"\n")
    terminal("validate", str(path))
    terminal("validate", str(path), "--replay", "--workers", "2", "--json", status=2)
    shown = json.loads(capsys.readouterr().out.split("\n", 1)[1].split("bad lines\n")[-1])
    assert shown["replayed"] == 3
    assert [found["row"] for found in shown["differ"]] == [2]
    assert "stored is" in shown["differ"][0]["reasons"][0]


def test_rows_of_another_version_cannot_be_replayed() -> None:
    said = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]
    rows = [
        Example(messages=said, provenance={"project": "networkx", "source": "networkx 1.0"}),
        Example(messages=said, provenance={"project": "repo", "source": "mine 123"}),
        Example(messages=said, provenance={}),
    ]
    found = [reasons[0] for reasons in replay(rows, GenerateJob(workers=1))]
    assert found[0].startswith("cannot be run again: made from networkx 1.0, here is ")
    assert "need --repo PATH" in found[1]
    assert "no project None" in found[2]


def test_a_second_time_adds_nothing(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    into = str(tmp_path / "rows.jsonl")
    order = ("generate", CATEGORY, "--count", "6", "--seed", "3", "--into", into, "--repo", str(repository))
    terminal(*order, "--workers", "2")
    before = Path(into).read_bytes()
    assert "6 rows added" in capsys.readouterr().out
    terminal(*order, "--workers", "1")
    assert Path(into).read_bytes() == before
    assert "6 were there already" in capsys.readouterr().out
    (tmp_path / ".rows.jsonl.generated").unlink()
    terminal(*order)
    assert Path(into).read_bytes() == before


def test_a_killed_job_goes_on(repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vibecoder", "data", "generate", CATEGORY, "--count", "16", "--seed", "6"]
    command += ["--repo", str(repository)]
    whole, into = tmp_path / "whole.jsonl", tmp_path / "rows.jsonl"
    subprocess.run([*command, "--into", str(whole), "--workers", "2"], check=True, capture_output=True)
    for kind in (signal.SIGKILL, signal.SIGINT):
        process = subprocess.Popen([*command, "--into", str(into), "--workers", "2"], stderr=subprocess.PIPE)
        there = into.read_bytes().count(b"\n") if into.exists() else 0
        while process.poll() is None and (into.read_bytes().count(b"\n") if into.exists() else 0) <= there:
            time.sleep(0.05)
        process.send_signal(kind)
        said = process.communicate()[1].decode()
        if kind == signal.SIGINT and process.returncode:
            assert process.returncode == 130
            assert "goes on from there" in said
    assert into.read_bytes() != whole.read_bytes() or process.returncode == 0
    subprocess.run([*command, "--into", str(into), "--workers", "1"], check=True, capture_output=True)
    assert into.read_bytes() == whole.read_bytes()


def test_a_killed_job_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vibecoder", "data", "generate", CATEGORY, "--count", "60", "--workers", "2"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen([*command, "--into", str(tmp_path / "rows.jsonl")], env=environment)
    while not list(tmp_path.glob("vibecoder-*/*/*/project")) and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while list(tmp_path.glob("vibecoder-*")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(tmp_path.glob("vibecoder-*")) == []


def test_two_jobs_may_append_at_once(tmp_path: Path) -> None:
    into = tmp_path / "rows.jsonl"
    command = [sys.executable, "-m", "vibecoder", "data", "generate", CATEGORY, "--into", str(into), "--workers", "1"]
    jobs = [subprocess.Popen([*command, "--count", "8", "--seed", seed]) for seed in ("7", "8", "7")]
    assert [job.wait() for job in jobs] == [0, 0, 0]
    records = Dataset(into).read().records
    assert len(records) == len({record.id for record in records}) == 16


def test_rows_of_a_repository(repository: Path) -> None:
    parts = list(batches(CATEGORY, GenerateJob(10, 0, repo=repository, workers=2)))
    rows = [record for part in parts for record in part.records]
    assert len(rows) == 10
    mine = [row for row in rows if row.provenance["project"] == "repo"]
    assert len(mine) >= 7
    assert mine[0].provenance["source"].startswith("mine ")
    assert list(replay(mine, GenerateJob(repo=repository, workers=2))) == [[]] * len(mine)


def test_what_rows_say_of_themselves() -> None:
    for record in generated_records(plugins.load().generators[CATEGORY], 5, 9):
        assert isinstance(record, Example)
        assert record.category == record.provenance["generator"] == CATEGORY
        assert isinstance(record.provenance["functions"], list)
