"""Programs that misbehave are ended with all they have started, and cost what they must; nothing else changes."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from vibecoder.workspace import confined, output
from vibecoder.workspace.confined import Ran
from vibecoder.workspace.environment import GUARD

ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(GUARD)}
contained = pytest.mark.skipif(
    confined.isolation() != "namespaces", reason="needs a process namespace, or the machine suffers"
)


def python(code: str, folder: Path, seconds: int = 30) -> Ran:
    return confined.run([sys.executable, "-c", code], folder, ENVIRONMENT, seconds=seconds)


def test_a_program_prints_and_exits(tmp_path: Path) -> None:
    assert python("print('hello'); raise SystemExit(3)", tmp_path) == Ran(3, "hello\n")
    shown = confined.run([sys.executable, "-c", "print(input())"], tmp_path, ENVIRONMENT, given=b"given\n")
    assert shown == Ran(0, "given\n")


def test_an_endless_program_is_stopped(tmp_path: Path) -> None:
    assert python("while True: pass", tmp_path, 1).stopped == "after 1 s"
    assert python("import time; time.sleep(600)", tmp_path, 1).stopped == f"after {confined.WALL} s of waiting"


@contained
@pytest.mark.parametrize("then", ["", "\n    if child == 0: os.setsid()"])
def test_a_fork_bomb_is_stopped(tmp_path: Path, then: str) -> None:
    begun = time.monotonic()
    ran = python(f"import os\nwhile True:\n    child = os.fork(){then}", tmp_path)
    assert ran.stopped == f"at {confined.PROCESSES} processes" or "Resource temporarily unavailable" in ran.output
    assert time.monotonic() - begun < 30


@contained
def test_what_left_the_group_ends_as_well(tmp_path: Path) -> None:
    stays = "import time, pathlib; time.sleep(1); pathlib.Path('late').touch()"
    starts = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {stays!r}], start_new_session=True)"
    assert python(starts, tmp_path).status == 0
    time.sleep(1.5)
    assert list(tmp_path.iterdir()) == []


def test_output_is_not_held(tmp_path: Path) -> None:
    ran = python("print('a' * 100_000_000)", tmp_path)
    assert ran.stopped == f"after {output.MAX_OUTPUT >> 20} MiB of output"
    assert len(ran.output) <= 2 * output.KEPT + 5


def test_the_end_of_long_output_is_kept(tmp_path: Path) -> None:
    output = python("for n in range(20_000): print('line', n)", tmp_path).output
    assert output.startswith("line 0\n")
    assert "\n...\n" in output
    assert output.endswith("line 19999\n")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("bytearray(8 << 30)", "MemoryError"),
        ("open('big', 'wb').write(bytes(40 << 20))", "File too large"),
        ("import socket; socket.create_connection(('127.0.0.1', 9), 5)", "no network here"),
        ("import socket; socket.getaddrinfo('localhost', 80)", "no network here"),
    ],
)
def test_what_a_program_cannot_have(tmp_path: Path, code: str, error: str) -> None:
    ran = python(code, tmp_path)
    assert ran.status == 1
    assert error in ran.output


@contained
def test_there_is_no_network_below_python(tmp_path: Path) -> None:
    """A program that is not Python has no guard; its namespace has no interface that is up."""
    (tmp_path / "try.sh").write_text("exec 3<>/dev/tcp/127.0.0.1/9")
    assert "unreachable" in confined.run(["bash", "try.sh"], tmp_path, ENVIRONMENT).output


def test_output_that_is_no_text(tmp_path: Path) -> None:
    assert python("import sys; sys.stdout.buffer.write(b'a\\xff\\x00b')", tmp_path).output == "a\ufffd\x00b"


@pytest.mark.parametrize(
    "code",
    [
        "open('../late', 'w')",
        "import os; os.mkdir('../late')",
        "import os; os.rename('here', '../late')",
        "import os; os.symlink('..', 'up'); open('up/late', 'w')",
        "import pathlib; pathlib.Path('../kept').unlink()",
        "import os; os.open('../late', os.O_CREAT | os.O_WRONLY)",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'open(\\'../late\\', \\'w\\')'], check=True)",
    ],
)
def test_python_programs_write_in_their_folders_alone(tmp_path: Path, code: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "here").touch()
    (tmp_path / "kept").touch()
    environment = {**ENVIRONMENT, "VIBECODER_WRITABLE": str(folder)}
    written = confined.run([sys.executable, "-c", "open('fine', 'w').write('x')"], folder, environment)
    assert written == Ran(0, "")
    ran = confined.run([sys.executable, "-c", code], folder, environment)
    assert "nothing is written outside of the project" in ran.output
    assert ran.status == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "project"]
