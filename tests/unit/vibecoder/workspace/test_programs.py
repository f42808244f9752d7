"""Generated programs: what is right passes, and what is hostile fails its prompt and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibecoder.workspace import confined, programs
from vibecoder.workspace.programs import run

HARMLESS = {
    "modules": "import asyncio, collections, dataclasses, json, re, typing\nfrom m import f\nassert f(2) == 4",
    "event loop": "import asyncio\nasync def a():\n    return 3\nassert asyncio.run(a()) == 3",
    "own files": "import os\nopen('a', 'w').write('1')\nassert open('a').read() == '1' and 'a' in os.listdir('.')",
    "threads": "import threading\nt = threading.Thread(target=print, args=('hi',))\nt.start()\nt.join()",
    "printing": "print('x' * 100000)",
}
HOSTILE = {
    "loops": ("while True: pass", "stopped after"),
    "forks": (
        "import os\nwhile True:\n    try:\n        os.fork()\n    except BaseException:\n        pass",
        "refused: os.fork",
    ),
    "starts programs": ("import subprocess\nsubprocess.run(['ls'])", "refused: subprocess.Popen"),
    "system": ("import os\nos.system('true')", "refused: os.system"),
    "a large file": ("open('f', 'w').write('x' * 10**7)", "File too large"),
    "many files": (
        "for n in range(99):\n    try:\n        open(f'{n}', 'w').write('x' * 5000000)\n    except OSError:\n        n",
        "refused: opening more than",
    ),
    "reads outside": (
        "try:\n    open('/etc/passwd').read()\nexcept BaseException:\n    pass",
        "refused: reading /etc/passwd",
    ),
    "lists outside": ("import os\nos.listdir('/')", "refused: reading /"),
    "writes outside": ("open('../escaped', 'w')", "refused: writing ../escaped"),
    "links out": ("import os\nos.symlink('/etc', 'e')", "refused: os.symlink"),
    "the network": ("import socket\nsocket.create_connection(('127.0.0.1', 9))", "refused: socket.getaddrinfo"),
    "foreign code": ("import ctypes\nctypes.CDLL(None)", "refused: "),
    "memory": ("x = [0] * 10**10", "MemoryError"),
    "output": ("while True: print('x' * 10000)", "stopped after 4 MiB of output"),
    "recursion": ("def f(): f()\nf()", "RecursionError"),
    "leaves early": ("import sys\nsys.exit(0)", "ended before its tests did"),
    "leaves at once": ("import os\nos._exit(0)", "ended before its tests did"),
    "no program": ("def f(:", "does not compile"),
    "fails": ("assert 1 == 2, 'not equal'", "AssertionError: not equal (test.py, line 1)"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_programs_pass(name: str) -> None:
    outcome = run({"m.py": "def f(x):\n    return x * x\n"}, HARMLESS[name])
    assert outcome.passed, outcome.reason


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_programs_fail_with_a_reason_and_leave_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    program, reason = HOSTILE[name]
    if name == "loops":
        monkeypatch.setattr(confined, "WALL", 2)
    outcome = run({}, program, seconds=1 if name == "loops" else 5)
    assert not outcome.passed
    assert reason in outcome.reason
    assert list(tmp_path.iterdir()) == []


def test_files_stay_in_the_folder(tmp_path: Path) -> None:
    for path in ("../x", "/tmp/x", "a/../../x", ""):
        assert "outside" in programs.put(tmp_path, {path: "x"})
    assert programs.put(tmp_path, {"a/b.py": "x = 1"}) == ""
    assert (tmp_path / "a" / "b.py").read_text() == "x = 1"


def test_a_hostile_neighbour_changes_no_other_outcome() -> None:
    before = run({}, "assert True")
    run({}, "open('f', 'w').write('x' * 10**8)")
    assert run({}, "assert True") == before == programs.Outcome(True)
