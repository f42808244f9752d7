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

__all__ = ["REFUSED", "main"]

REFUSED = 77
_FILES = 24
"""Files it may open for writing; with the limit on one file's size this bounds the disk that it can fill."""
_FILE_SIZE = 4 << 20
_NEVER = (
    "subprocess.", "ctypes.", "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo",
    "socket.gethostby", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn",
    "os.kill", "os.killpg", "signal.pthread_kill", "os.chroot", "os.chown", "os.setxattr", "resource.prlimit",
    "resource.setrlimit", "shutil.chown", "sys.remote_exec", "webbrowser.open",
)  # fmt: skip
_WRITES = (
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate", "os.utime",
    "os.chflags", "os.lockf", "tempfile.mkstemp", "tempfile.mkdtemp",
)  # fmt: skip
_READS = ("os.listdir", "os.scandir", "os.chdir", "os.walk", "glob.glob", "glob.glob/2")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


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
    """The error in a line, and where in the program or its modules it came from."""
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
    places = {folder, *map(os.path.realpath, library)}
    readable = tuple(f"{place.rstrip('/')}/" for place in places)
    writable = f"{folder}/"
    devices = ("/dev/null", "/dev/urandom", "/dev/zero")
    leave, write, real, text, number = os._exit, os.write, os.path.realpath, os.fsdecode, isinstance
    opened = [0]

    def refuse(what: str) -> None:
        write(2, f"refused: {what}\n".encode("utf-8", "replace"))
        leave(REFUSED)

    def is_inside(path: Any, roots: Any) -> bool:
        if path is None or number(path, int):
            return True
        found = real(text(path))
        return found in devices or f"{found}/".startswith(roots)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            if number(path, int):
                return
            if mode is None and ".." in text(path).split("/"):  # by os.open, which may be told another folder
                refuse(f"opening {text(path)}")
            if number(flags, int) and flags & _WRITING:
                opened[0] += 1
                if not is_inside(path, writable):
                    refuse(f"writing {text(path)}")
                if opened[0] > _FILES:
                    refuse(f"opening more than {_FILES} files for writing")
            elif not is_inside(path, readable):
                refuse(f"reading {text(path)}")
        elif event.startswith(_NEVER):
            refuse(event)
        elif event in _READS:
            if arguments and number(arguments[0], (str, bytes)) and not is_inside(arguments[0], readable):
                refuse(f"reading {text(arguments[0])}")
        elif event in _WRITES:
            for path in arguments[:2]:
                if number(path, (str, bytes)) and not is_inside(path, writable):
                    refuse(f"{event} {text(path)}")

    sys.addaudithook(hook)


if __name__ == "__main__":
    main()
