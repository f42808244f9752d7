"""Rows come out exact in number, the same whatever the number of processes, resumable, and each as it was stored."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from support.terminal import Terminal
from vibecoder import plugins
from vibecoder.dataset.generating import generated_records
from vibecoder.dataset.records import to_line
from vibecoder.dataset.store import Dataset
from vibecoder.types import Example, GenerateJob
from vibecoder_datasets.pipeline import generator
from vibecoder_datasets.pipeline import plan as catalogue
from vibecoder_datasets.pipeline.admission import uses_of
from vibecoder_datasets.pipeline.cluster import Cluster
from vibecoder_datasets.pipeline.generator import batches, replay
from vibecoder_datasets.pipeline.plan import LIMIT, counts, quotas

CATEGORY = "tool-use"


def made(count: int, seed: int, workers: int, repo: Path | None = None, cluster: str = "") -> bytes:
    job = GenerateJob(count, seed, workers=workers, repo=repo, cluster=cluster)
    return b"".join(to_line(record) for part in batches(CATEGORY, job) for record in part.records)


@pytest.fixture(scope="module")
def package_rows() -> list[Example]:
    """Three rows on the installed packages, made by the generator as a plugin offers it."""
    rows = list(generated_records(plugins.load().generators[CATEGORY], 3, 5))
    return [row for row in rows if isinstance(row, Example)]


@pytest.fixture(scope="module")
def repo_rows(repository: Path) -> bytes:
    """Twelve rows on the repository, as two processes make them."""
    return made(12, 3, 2, repository)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small git repository with tests, which opens at once."""
    folder = tmp_path_factory.mktemp("code") / "mine"
    shutil.copytree(Path(catalogue.__file__).parents[1] / "projects" / "samples", folder)
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], check=True)
    return folder


def test_a_cluster_makes_the_same_rows_though_one_of_its_processes_is_lost(
    repository: Path, repo_rows: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray")
    lost: list[str] = []
    collect = Cluster._collect

    def losing(cluster: Cluster) -> None:
        busy = [(actor, task) for actor, task in cluster._busy.values() if task]
        if busy and not lost:
            ray.kill(busy[0][0])
            lost.append(busy[0][1].name)
        collect(cluster)

    monkeypatch.setattr(Cluster, "_collect", losing)
    try:
        assert made(12, 3, 0, repository, "local") == repo_rows
        assert lost
    finally:
        generator._pool.cache_clear()
        ray.shutdown()


def test_no_cluster_is_one_line(terminal: Terminal) -> None:
    said = terminal("data", "generate", "tool-use", "--count", "1", "--cluster", "127.0.0.1:1", status=2).err
    assert "error: no Ray cluster at 127.0.0.1:1: " in said
    assert "ray start --head" in said


def test_uses_by_other_categories_count(repository: Path, repo_rows: bytes, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(repo_rows)
    rows = [row for row in Dataset(path).read().records if isinstance(row, Example)]
    used = Counter(use for row in rows for use in uses_of(row))
    often = [replace(row, id=f"{n}{row.id}", category="powertools") for n in range(LIMIT) for row in rows]
    parts = list(batches(CATEGORY, GenerateJob(12, 3, workers=2, repo=repository, others=often)))
    others = [row for part in parts for row in part.records if isinstance(row, Example)]
    assert others
    assert used
    assert not used.keys() & {use for row in others for use in uses_of(row)}


def test_the_same_rows_whatever_the_number_of_processes(repository: Path, repo_rows: bytes, tmp_path: Path) -> None:
    one = made(12, 3, 1, repository)
    assert one == repo_rows
    assert len(one.splitlines()) == 12
    assert made(12, 4, 2, repository) != one
    wanted = Counter({share.subcategory: 0 for share in quotas(CATEGORY)})
    for share, count in zip(quotas(CATEGORY), counts(CATEGORY, 12), strict=True):
        wanted[share.subcategory] += count
    assert Counter(json.loads(line)["subcategory"] for line in one.splitlines()) == +wanted
    path = tmp_path / "rows.jsonl"
    path.write_bytes(one)
    records = Dataset(path).read().records
    assert list(replay(records, GenerateJob(workers=2, repo=repository))) == [[]] * 12


def test_an_altered_row_is_found_by_its_number(package_rows: list[Example], tmp_path: Path, terminal: Terminal) -> None:
    lines = [to_line(row).strip() for row in package_rows]
    row = json.loads(lines[1])
    result = next((message for message in row["messages"] if message["role"] == "tool"), None)
    assert result is not None
    result["content"] += " "
    del row["id"]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(lines[0] + b"\n" + json.dumps(row).encode() + b"\n" + lines[2] + b"\n")
    terminal("data", "validate", path)
    shown = json.loads(terminal("data", "validate", path, "--replay", "--workers", "2", "--json", status=2).out)
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


def test_a_second_time_adds_nothing(repository: Path, tmp_path: Path, terminal: Terminal) -> None:
    into = str(tmp_path / "rows.jsonl")
    order = ("data", "generate", CATEGORY, "--count", "6", "--seed", "3", "--into", into, "--repo", str(repository))
    assert "6 rows added" in terminal(*order, "--workers", "2").out
    before = Path(into).read_bytes()
    assert "6 were there already" in terminal(*order, "--workers", "1").out
    assert Path(into).read_bytes() == before
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


def test_a_killed_job_leaves_no_process_and_no_file(repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vibecoder", "data", "generate", CATEGORY, "--count", "60", "--workers", "2"]
    command += ["--repo", str(repository)]
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


def test_two_jobs_may_append_at_once(repository: Path, tmp_path: Path) -> None:
    into = tmp_path / "rows.jsonl"
    command = [sys.executable, "-m", "vibecoder", "data", "generate", CATEGORY, "--into", str(into), "--workers", "1"]
    command += ["--repo", str(repository)]
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


def test_what_rows_say_of_themselves(package_rows: list[Example]) -> None:
    assert len(package_rows) == 3
    for row in package_rows:
        assert row.category == row.provenance["generator"] == CATEGORY
        assert row.provenance["project"] != "repo"
        assert isinstance(row.provenance["functions"], list)
