"""Runs one generated program, confined: `python -I -S harness.py`, the job as JSON on standard input.

This imports nothing of ours. Once the program runs, the process may read the standard library and its folder, and
write only in that. Whatever else it tries (a file elsewhere, a process, a socket, foreign code) ends it at once with
status 77, even where it would catch errors. Only a program that ran to its end has the job's token printed, so leaving
early passes no test.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "guard"))
import vibecoder_guard

del sys.path[0]

__all__ = ["REFUSED", "main"]

REFUSED = 77
_FILES = 24
"""Files it may open for writing; with the limit on one file's size this bounds the disk that it can fill."""
_FILE_SIZE = 4 << 20
_NEVER = (
    *vibecoder_guard.NETWORK, "subprocess.", "ctypes.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "os.forkpty", "pty.spawn", "os.kill", "os.killpg", "signal.pthread_kill", "os.chroot", "os.chown", "os.setxattr",
    "resource.prlimit", "resource.setrlimit", "shutil.chown", "sys.remote_exec", "webbrowser.open",
)  # fmt: skip


def main() -> None:
    """Read the job `{"token", "program", "name"}`, run the program as `__main__`, print the token."""
    job = json.loads(sys.stdin.buffer.read())
    folder = os.path.realpath(os.getcwd())
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    sys.setrecursionlimit(1000)
    code = compile(job["program"], job["name"], "exec")
    space: dict[str, Any] = {"__name__": "__main__", "__file__": job["name"], "__builtins__": __builtins__}
    token, write, leave, flush = job["token"], os.write, os._exit, sys.stdout.flush
    del job
    _confine(folder)
    try:
        exec(code, space)
        flush()
    except SystemExit:
        leave(0)
    except BaseException as error:
        write(2, f"\n{_told(error)}\n".encode("utf-8", "replace"))
        leave(1)
    write(1, f"\n{token}\n".encode())
    leave(0)


def _told(error: BaseException) -> str:
    """Return the error in a line, and where in the program or its modules it came from."""
    place, step = "", error.__traceback__.tb_next if error.__traceback__ else None
    while step is not None:
        place = f" ({os.path.basename(step.tb_frame.f_code.co_filename)}, line {step.tb_lineno})"
        step = step.tb_next
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "an error that cannot be shown"
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}"


def _confine(folder: str) -> None:
    """Bound what the process writes and refuse it everything outside of `folder`."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_SIZE, _FILE_SIZE))
    except (ImportError, ValueError, OSError):
        pass
    library = (sys.prefix, sys.base_prefix, os.path.dirname(os.__file__))
    leave, write = os._exit, os.write

    def refuse(event: str, what: str) -> None:
        write(2, f"refused: {what}\n".encode("utf-8", "replace"))
        leave(REFUSED)

    vibecoder_guard.confine((folder,), refuse, never=_NEVER, readable=(folder, *library), most=_FILES)


if __name__ == "__main__":
    main()
