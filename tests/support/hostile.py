"""An expert that runs the tests of each function it is dealt, and a repository whose tests are out to do harm."""

from __future__ import annotations

import subprocess
from pathlib import Path

from vibecoder.types import Example
from vibecoder_datasets.material.context import ExpertContext, Quota

__all__ = ["QUOTAS", "make_repository"]

FUNCTION = '''"""Part of a repository."""


def {name}(value: int) -> int:
    """Add one to a number."""
    return value + 1
'''
TESTS = {
    "harmless": "assert harmless(1) == 2",
    "endless": "while True: pass",
    "forking": "import os\n    while True: os.fork()",
    "talkative": "import sys\n    sys.__stdout__.write('x' * 100_000_000)",
    "vandal": "import pathlib, os\n    pathlib.Path('harmless.py').write_text('')\n    os.symlink('/etc', 'etc')",
    "garbage": "import os\n    os.write(1, bytes(range(256)))\n    assert False",
}


def run_the_tests(context: ExpertContext) -> Example | None:
    function = context.functions.draw()
    test = f"tests/test_{function.name}.py"
    session = context.open("change", f"Run {test} for me, please; I changed `{function.name}`.")
    session.call("run_tests", path=test)
    session.say("It ran.")
    return session.record("hostile", "tests", function.group, function.path)


QUOTAS = (Quota("tests", 6, run_the_tests),)


def make_repository(folder: Path) -> Path:
    """A git repository with one function and one test for each kind of harm, links out, and files that are no text."""
    (folder / "tests").mkdir(parents=True)
    for name, body in TESTS.items():
        (folder / f"{name}.py").write_text(FUNCTION.format(name=name))
        (folder / f"tests/test_{name}.py").write_text(
            f"from {name} import {name}\n\n\ndef test_{name}():\n    {body}\n"
        )
    (folder / "passwd.py").symlink_to("/etc/passwd")
    (folder / "everything").symlink_to("/")
    (folder / "loop.py").symlink_to("loop.py")
    (folder / "binary.py").write_bytes(bytes(range(256)))
    (folder / "latin.py").write_bytes(b"name = '\xe9'\n")
    (folder / "nested.py").write_text("x = " + "(" * 5000 + ")" * 5000 + "\n")
    (folder / "broken.py").write_text("def broken(:\n")
    (folder / "empty.py").write_text("")
    (folder / "large.py").write_text("x = 1\n" * 200_000)
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    return folder
