"""Audit hooks that refuse a Python process the network and files outside of its folders, for good.

This imports nothing of ours: it runs inside of confined programs. What is checked is bound before any of their code
runs, so that none of it can be put in its place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["NETWORK", "confine"]

NETWORK = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostby")
_WRITES = (
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate", "os.utime",
    "os.chflags", "os.lockf", "tempfile.mkstemp", "tempfile.mkdtemp",
)  # fmt: skip
_READS = ("os.listdir", "os.scandir", "os.chdir", "os.walk", "glob.glob", "glob.glob/2")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/zero")


def confine(
    writable: Sequence[str] | None,
    refuse: Callable[[str, str], None],
    *,
    never: Sequence[str] = NETWORK,
    readable: Sequence[str] | None = None,
    most: int = 0,
) -> None:
    """Call `refuse` with an event and what it is about before it is let happen; it raises, or ends the process.

    Refused are events that begin like one of `never`, writes outside of the folders `writable` if there are any, and
    with `readable` reads elsewhere as well, sockets of this machine, and more than `most` files opened for writing.
    """
    real, text, is_a, names = os.path.realpath, os.fsdecode, isinstance, (str, bytes)
    never, writes, reads, devices, writing = tuple(never), _WRITES, _READS, _DEVICES, _WRITING
    may_write = None if writable is None else tuple(f"{real(place).rstrip('/')}/" for place in writable)
    may_read = None if readable is None else tuple(f"{real(place).rstrip('/')}/" for place in readable)
    opened = [0]

    def is_inside(path: Any, roots: tuple[str, ...] | None) -> bool:
        if roots is None or path is None or is_a(path, int):
            return True
        found = real(text(path))
        return found in devices or f"{found}/".startswith(roots)

    def open_file(path: Any, mode: Any, flags: Any) -> None:
        if is_a(path, int):
            return
        if may_read is not None and mode is None and ".." in text(path).split("/"):
            refuse("open", f"opening {text(path)}")  # by os.open, which may be told another folder
        if is_a(flags, int) and flags & writing:
            opened[0] += 1
            if not is_inside(path, may_write):
                refuse("open", f"writing {text(path)}")
            if most and opened[0] > most:
                refuse("open", f"opening more than {most} files for writing")
        elif not is_inside(path, may_read):
            refuse("open", f"reading {text(path)}")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            open_file(*arguments)
        elif event.startswith(never):
            address = arguments[1] if len(arguments) > 1 else None
            if may_read is not None or not (is_a(address, str) and "/" in address):
                refuse(event, event)
        elif event in reads:
            if arguments and is_a(arguments[0], names) and not is_inside(arguments[0], may_read):
                refuse(event, f"reading {text(arguments[0])}")
        elif event in writes:
            is_link = event == "os.symlink" and may_read is None  # what a link leads to is neither read nor written yet
            for path in arguments[1:2] if is_link else arguments[:2]:
                if is_a(path, names) and not is_inside(path, may_write):
                    refuse(event, f"{event} {text(path)}")

    sys.addaudithook(hook)
