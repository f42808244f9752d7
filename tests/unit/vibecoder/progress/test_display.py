"""Which display a process gets: a terminal, a simple one, a pipe, none."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from support.told_run import Clock, whole_run
from vibecoder.progress.display import SilentDisplay, make_progress


def test_a_silent_process_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = make_progress(False, silent=True)
    assert isinstance(progress.display, SilentDisplay)
    whole_run(progress, Clock())
    assert capsys.readouterr() == ("", "")


SCRIPT = """
from vibecoder.progress.display import make_progress
progress = make_progress(False)
with progress.busy("opening"):
    print("a library talks")
progress.notice("done")
progress.close()
print(type(progress.display).__name__)
"""


def in_terminal(**environ: str) -> str:
    """What a terminal gets from a process that shows progress."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=theirs, stderr=theirs, env={**kept, "PYTHONUTF8": "1", **environ}
    ) as process:
        os.close(theirs)
        parts = []
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:  # Linux ends a terminal whose other side is closed that way.
            pass
        finally:
            os.close(ours)
    assert process.returncode == 0
    return b"".join(parts).decode()


def test_a_real_terminal_gets_the_live_display() -> None:
    text = in_terminal(TERM="xterm-256color")
    assert "LiveDisplay" in text
    assert "opening" in text
    assert "a library talks" in text
    assert re.search(r"\x1b\[[0-9;]*36m", text)
    assert not re.search(r"\x1b\[[0-9;]*36m", in_terminal(TERM="xterm-256color", NO_COLOR="1"))


@pytest.mark.parametrize(
    "environ", [{"TERM": "dumb"}, {"TERM": "xterm", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}]
)
def test_a_simple_terminal_gets_lines(environ: dict[str, str]) -> None:
    text = in_terminal(**environ)
    assert text.split("\r\n") == ["opening ...", "a library talks", "done", "PlainDisplay", ""]


def test_a_pipe_is_no_terminal_and_may_close_early() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["opening ...", "a library talks", "done", "PlainDisplay"]
    script = (
        "import os, sys\n"
        "from vibecoder.progress.display import make_progress\n"
        "progress = make_progress(False)\n"
        "sys.stdin.read()\n"
        "progress.notice('nobody reads this')\n"
        "print('still here', file=sys.stderr)\n"
        "os._exit(0)\n"
    )
    ours, theirs = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=theirs, stderr=subprocess.PIPE, text=True
    )
    os.close(theirs)
    os.close(ours)
    assert process.communicate("")[1] == "still here\n"
