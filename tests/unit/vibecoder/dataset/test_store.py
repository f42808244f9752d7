"""The dataset on disk under concurrency, kills, full disks and bad lines: nothing acknowledged is ever lost."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from vibecoder.dataset.records import content_id, to_line
from vibecoder.dataset.store import BadLine, Contents, Dataset
from vibecoder.errors import DataError, OutputError
from vibecoder.types import Example, Record


def row(content: str, category: str = "tool-use") -> Example:
    messages = [{"role": "user", "content": content}, {"role": "assistant", "content": f"re: {content}"}]
    return Example(messages=messages, category=category)


def said(contents: Contents) -> list[str]:
    return [record.messages[0]["content"] for record in contents.records if isinstance(record, Example)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dataset.jsonl"


def test_what_was_added_is_read_and_adding_again_does_nothing(path: Path) -> None:
    dataset = Dataset(path)
    assert dataset.append([row("a"), row("b"), row("a", "agentic")]) == 2
    before = path.read_bytes()
    assert before == to_line(row("a", "agentic")) + to_line(row("b"))
    assert dataset.append([row("b", "other")]) == Dataset(path).append([row("a")]) == dataset.append([]) == 0
    assert path.read_bytes() == before
    assert dataset.append([row("c")]) == 1
    assert path.read_bytes() == before + to_line(row("c"))
    contents = Dataset(path).read()
    assert said(contents) == ["a", "b", "c"]
    assert all(record.id == content_id(record) for record in contents.records)
    assert contents.bad == ()


def test_size_and_digest_name_the_bytes_that_were_read(path: Path) -> None:
    dataset = Dataset(path)
    dataset.append([row("a"), row("b")])
    contents = dataset.read()
    assert contents.size == path.stat().st_size
    assert contents.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    dataset.append([row("c")])
    assert dataset.read(limit=contents.size) == contents
    assert said(dataset.read()) == ["a", "b", "c"]


def test_a_kept_instance_sees_what_others_add_and_a_file_put_in_its_place(path: Path) -> None:
    one, other = Dataset(path), Dataset(path)
    one.append([row("a")])
    other.append([row("b")])
    assert one.append([row("b"), row("c")]) == 1
    replacement = path.with_name("new.jsonl")
    replacement.write_bytes(to_line(row("d")) * 3)
    replacement.rename(path)
    assert one.append([row("a"), row("d")]) == 1
    path.write_bytes(to_line(row("e")))
    assert one.append([row("a"), row("d"), row("e")]) == 2
    path.write_bytes(to_line(row("x" * 4000)))
    assert one.append([row("a")]) == 1
    path.unlink()
    assert one.append([row("a")]) == 1
    assert said(one.read()) == ["a"]


def test_a_malformed_record_is_refused_and_nothing_of_its_batch_written(path: Path) -> None:
    dataset = Dataset(path)
    dataset.append([row("a")])
    with pytest.raises(DataError, match="record 2 cannot be added: an example needs at least one assistant turn"):
        dataset.append([row("b"), Example(messages=[{"role": "user", "content": "x"}])])
    with pytest.raises(DataError, match="half of a surrogate pair"):
        dataset.append([row("\ud800")])
    assert said(dataset.read()) == ["a"]


# --- Torn and bad lines ----------------------------------------------------------------------------------------------


def test_a_torn_last_line_is_ignored_by_readers_and_moved_away_by_the_next_append(path: Path) -> None:
    whole, torn = to_line(row("a")), to_line(row("bé\u2028"))
    quarantine = path.with_name("dataset.quarantine.jsonl")
    for cut in range(1, len(torn) - 1):
        path.write_bytes(whole + torn[:cut])
        quarantine.unlink(missing_ok=True)
        assert said(Dataset(path).read()) == ["a"]
        assert Dataset(path).read().size == len(whole)
        assert Dataset(path).append([row("c")]) == 1
        assert path.read_bytes() == whole + to_line(row("c"))
        assert quarantine.read_bytes() == torn[:cut] + b"\n"


def test_a_torn_line_is_moved_once_even_if_the_move_was_cut_short(path: Path) -> None:
    torn = to_line(row("b"))[:30]
    quarantine = path.with_name("dataset.quarantine.jsonl")
    path.write_bytes(to_line(row("a")) + torn)
    quarantine.write_bytes(b"older\n" + torn[:10])
    Dataset(path).append([])
    assert quarantine.read_bytes() == b"older\n" + torn[:10] + b"\n" + torn + b"\n"
    path.write_bytes(to_line(row("a")) + torn)
    assert Dataset(path).append([row("a")]) == 0
    assert quarantine.read_bytes() == b"older\n" + torn[:10] + b"\n" + torn + b"\n"
    assert path.read_bytes() == to_line(row("a"))


def test_a_whole_last_line_without_its_newline_counts_and_gets_it(path: Path) -> None:
    path.write_bytes(to_line(row("a")) + to_line(row("b"))[:-1])
    assert said(Dataset(path).read()) == ["a", "b"]
    assert Dataset(path).append([row("b"), row("c")]) == 1
    assert path.read_bytes() == b"".join(to_line(row(name)) for name in "abc")
    path.write_bytes(to_line(row("a"))[:-1])
    assert Dataset(path).append([row("a")]) == 0
    assert path.read_bytes() == to_line(row("a"))


def test_bad_lines_are_reported_and_the_rest_is_used(path: Path) -> None:
    lines = [to_line(row("a")), b"{oops\n", b"\n", b"\xff\n", to_line(row("b")), b'{"text": "x"}\r\n', b"  \n"]
    path.write_bytes(b"\xef\xbb\xbf" + b"".join(lines))
    dataset = Dataset(path)
    contents = dataset.read()
    assert said(contents) == ["a", "b"]
    assert [line.number for line in contents.bad] == [2, 4, 6]
    assert contents.bad[0] == BadLine(2, contents.bad[0].reason, "{oops")
    assert "not JSON" in contents.bad[0].reason
    assert "not UTF-8" in contents.bad[1].reason
    assert "plain text" in contents.bad[2].reason
    assert contents.size == path.stat().st_size
    kept = dataset.quarantine(contents.bad)
    assert kept.read_bytes() == b'{oops\n\xff\n{"text": "x"}\n'
    assert Dataset(path).quarantine(contents.bad) == kept == path.with_name("dataset.quarantine.jsonl")
    assert kept.read_bytes() == b'{oops\n\xff\n{"text": "x"}\n'
    assert dataset.append([row("a"), row("c")]) == 1
    assert said(dataset.read()) == ["a", "b", "c"]


def test_a_reason_is_one_short_line(path: Path) -> None:
    strange = json.dumps({"kind": "\ud800\n\x1b[31m" + "x" * 5000})
    path.write_bytes(strange.encode() + b"\n" + to_line(row("a")))
    reason = Dataset(path).read().bad[0].reason
    assert len(reason) <= 300
    assert reason.isprintable()


# --- The whole file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no dataset at {}; check the path"),
        (b"", "the dataset {} is empty"),
        (b"\n \n", "the dataset {} is empty"),
        (b"{oops\nworse\n", "no valid row in {}: line 1: not JSON"),
        (b'{"messages": []}', "no valid row in {}: line 1: messages is empty"),
        (b'{"messages": [{"ro', "no valid row in {}: line 1: not JSON"),
        (b'{"instruction": "a", "output": "b"}\n' * 3, "line 1: a row of another format, Alpaca"),
        (b'{"conversations": [{"from": "human", "value": "x"}]}\n', "another format, ShareGPT"),
        (b"instruction,output\na,b\n", "line 1: looks like CSV"),
        (b'[\n{"messages": []},\n{"messages": []}]\n', "line 1: part of a JSON array"),
        (b'{\n "messages": []\n}\n', "line 1: JSON spread over several lines"),
        ("x,y".encode("utf-16"), "line 1: not UTF-8"),
        (b"PAR1\x15\x04", "{} is a Parquet file, not JSON lines"),
        (b"\x1f\x8b\x08\x00", "{} is a gzip file"),
        ("folder", "cannot read the dataset {}: it is a folder"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_clear_line(path: Path, content: bytes | str | None, message: str) -> None:
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(DataError) as told:
        Dataset(path).read()
    assert message.format(path) in str(told.value)
    assert "\n" not in str(told.value)


# --- Write errors ----------------------------------------------------------------------------------------------------


def test_folders_are_made_and_impossible_ones_refused(tmp_path: Path) -> None:
    assert Dataset(tmp_path / "new" / "er" / "d.jsonl").append([row("a")]) == 1
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="a part of the path is a file"):
        Dataset(tmp_path / "file" / "d.jsonl").append([row("a")])
    with pytest.raises(OutputError, match="it is a folder"):
        Dataset(tmp_path / "new").append([row("a")])


def run(code: str, *args: object, **kwargs: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", code, *map(str, args)], capture_output=True, text=True, check=True, **kwargs
    )


APPEND = """
import sys
from vibecoder.dataset.store import Dataset
from vibecoder.errors import OutputError
from vibecoder.types import Example

def row(content):
    return Example(messages=[{"role": "user", "content": content}, {"role": "assistant", "content": f"re: {content}"}])
"""


def test_a_write_that_does_not_fit_leaves_the_file_as_it_was(path: Path) -> None:
    """The kernel writes what fits below the limit, then fails: the same as a disk that fills up in mid-line."""
    Dataset(path).append([row("a")])
    before = path.read_bytes()
    limited = """
import resource
dataset = Dataset(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    dataset.append([row("b"), row("x" * 200_000)])
except OutputError as error:
    print(error)
print(dataset.append([row("a"), row("c")]))
"""
    out = run(APPEND + limited, path).stdout.splitlines()
    assert out[0].startswith(f"cannot write {path}: the file would exceed the size limit")
    assert out[1:] == ["1"]
    assert path.read_bytes() == before + to_line(row("c", "uncategorised"))


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("a full disk is made with tmpfs")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this user may not mount a tmpfs")
    try:
        dataset = Dataset(disk / "d.jsonl")
        dataset.append([row("a")])
        with pytest.raises(OutputError, match="the disk is full; free some space"):
            dataset.append([row("b"), row("x" * 400_000)])
        assert said(dataset.read()) == ["a"]
        assert dataset.append([row("b")]) == 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_without_permission_is_one_clear_line() -> None:
    code = """
import os
dataset = Dataset(sys.argv[1])
dataset.append([row("a")])
os.chmod(os.path.dirname(sys.argv[1]), 0o555)
os.chmod(sys.argv[1], 0o444)
if os.getuid() == 0:
    os.setuid(65534)
for path in (sys.argv[1], os.path.join(os.path.dirname(sys.argv[1]), "new.jsonl")):
    try:
        Dataset(path).append([row("b")])
    except OutputError as error:
        print(error)
print(len(dataset.read().records))
"""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        first = os.path.join(folder, "d.jsonl")
        out = run(APPEND + code, first).stdout.splitlines()
        os.chmod(folder, 0o755)
    assert out[0].startswith(f"cannot write {first}: permission denied; change the permissions or choose another")
    assert out[1].endswith("new.jsonl: permission denied; change the permissions or choose another path")
    assert out[2] == "1"


# --- Concurrency and kills -------------------------------------------------------------------------------------------


def test_eight_processes_lose_nothing_and_interleave_nothing(path: Path) -> None:
    code = """
import os, time
me, total = int(sys.argv[2]), 0
dataset = Dataset(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for batch in range(12):
    if batch % 4 == 3:
        dataset = Dataset(sys.argv[1])
    mine = [row(f"{me}-{batch}-{i} " + "y" * (1 + 3001 * i * me)) for i in range(4)]
    total += dataset.append([*mine, row(f"shared-{batch}")])
print(total)
"""
    start = [sys.executable, "-c", APPEND + code, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([*start, str(number)], **pipes) for number in range(8)]  # type: ignore[call-overload]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    while any(worker.poll() is None for worker in workers):
        with suppress(DataError):
            assert Dataset(path).read().bad == ()
    added = sum(int(worker.communicate()[0]) for worker in workers)
    assert [worker.returncode for worker in workers] == [0] * 8
    contents = Dataset(path).read()
    assert contents.bad == ()
    expected = {f"{me}-{batch}-{i}" for me in range(8) for batch in range(12) for i in range(4)}
    names = [content.split()[0] for content in said(contents)]
    assert len(names) == len(set(names)) == added
    assert set(names) == expected | {f"shared-{batch}" for batch in range(12)}
    assert not path.with_name("dataset.quarantine.jsonl").exists()


def test_kill_9_in_the_middle_of_an_append_loses_no_acknowledged_row(path: Path) -> None:
    code = """
dataset = Dataset(sys.argv[1])
for number in range(10_000):
    name = f"{sys.argv[2]}-{number}"
    dataset.append([row(name + " " + "z" * 4_000_000)])
    print(name, flush=True)
"""
    draw, acknowledged = random.Random(7), set()
    for turn in range(6):
        start = [sys.executable, "-c", APPEND + code, str(path), str(turn)]
        with subprocess.Popen(start, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            acknowledged.add(worker.stdout.readline().strip())
            if turn % 2:  # at any moment
                time.sleep(draw.random() * 0.15)
            else:  # as soon as the file grows: in the middle of a write
                size = path.stat().st_size
                while path.stat().st_size == size:
                    pass
            worker.send_signal(signal.SIGKILL)
            acknowledged |= {line.strip() for line in worker.stdout if line.endswith("\n")}
        torn = not path.read_bytes().endswith(b"\n")
        contents = Dataset(path).read()
        assert contents.bad == ()
        assert acknowledged <= {content.split()[0] for content in said(contents)}
        assert contents.size < path.stat().st_size or not torn
        Dataset(path).append([row(f"after-{turn}")])
        acknowledged.add(f"after-{turn}")
        assert path.read_bytes().endswith(to_line(row(f"after-{turn}")))
        contents = Dataset(path).read()
        assert contents.bad == ()
        names = [content.split()[0] for content in said(contents)]
        assert acknowledged <= set(names)
        assert len(names) == len(set(names))
        path.unlink()
        acknowledged.clear()


def test_records_of_every_kind_live_in_one_file(path: Path) -> None:
    from vibecoder.types import Comparison, Infill, Rated, Task

    user, reply = [{"role": "user", "content": "q"}], [{"role": "assistant", "content": "a"}]
    records: list[Record] = [
        row("a"),
        Infill(prefix="a", middle="b", suffix="c"),
        Comparison(messages=user, chosen=reply, rejected=[{"role": "assistant", "content": "b"}]),
        Rated(messages=user, completion=reply, label=False),
        Task(messages=user, reference={"answer": 3}),
    ]
    dataset = Dataset(path)
    assert dataset.append(iter(records)) == 5
    assert [type(record) for record in dataset.read().records] == [type(record) for record in records]
    assert [record.id for record in dataset.read().records] == [content_id(record) for record in records]
