"""Runs programs that may be hostile: no network, bounded time, memory, files, processes and output, all of it killed.

On Linux a program gets a network and a process namespace of its own where the machine lets us make them (`isolation`
is `namespaces`): nothing reaches a network, and all of its processes end with it. Elsewhere (`guard`) Python programs
have to be refused sockets by whoever starts them, and the process group is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vibecoder.workspace.output import MAX_OUTPUT, Output

__all__ = ["Ran", "end", "isolation", "ran", "run", "start", "watch"]

SECONDS = 60
WALL = 10
"""How much longer a program may take than its processor time: rows must not depend on how busy a machine is."""
MEMORY = 2 << 30
FILE_SIZE = 16 << 20
PROCESSES = 64
_POLL = 0.02
_NOBODY = 1_900_000_000
"""User ids from here on belong to nobody; with our process id added, each worker's is its own."""
_CHILD = ("sh", "-c", '"$@"; exit $?', "sh")
"""Runs a program as a child: the first process of a namespace would not feel most signals."""
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended: its exit `status`, the beginning and end of its `output`, why it was `stopped`."""

    status: int
    output: str
    stopped: str = ""


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    seconds: int | None = None,
    memory: int | None = None,
    given: bytes = b"",
) -> Ran:
    """Run a program in `folder` with `given` as its input, and end it with everything it has started.

    `seconds` of processor time for each process, `memory` in bytes of address space of each.

    Raises:
        OSError: the program cannot be started.
    """
    seconds = seconds or SECONDS
    process = start(
        [*_CHILD, *command] if _namespaces() else command,
        folder,
        environment,
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        seconds=seconds,
        memory=memory or MEMORY,
    )
    assert process.stdout is not None
    output = Output(process.stdout, process.stdin, given)
    try:
        stopped = watch(lambda: process.poll() is not None, process.pid, output, seconds)
    finally:
        end(process)
        output.drain()
    return ran(process.returncode, output, stopped, seconds)


def ran(status: int, output: Output, stopped: str, seconds: int) -> Ran:
    """Describe how a program ended that was allowed `seconds` of processor time."""
    if not stopped and status in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
        stopped = f"after {seconds} s"
    return Ran(status, output.text(), stopped)


def start(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    stdin: int,
    stdout: int,
    seconds: int,
    memory: int,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in a session, and where possible in namespaces, of its own; 0 `seconds` or `memory`: no limit.

    Raises:
        OSError: the program cannot be started.
    """
    return subprocess.Popen(
        [*_namespaces(), *command],
        cwd=folder,
        env=dict(environment),
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=pass_fds,
        preexec_fn=_limits(seconds, memory),
    )


@lru_cache(maxsize=1)
def isolation() -> str:
    """Name what keeps programs from the network here: `namespaces` or `guard`."""
    return "namespaces" if _namespaces() else "guard"


@lru_cache(maxsize=1)
def _namespaces() -> tuple[str, ...]:
    """Return the command that runs another without network in its own process namespace; empty where refused.

    The kernel does not limit root's processes, so for root it also becomes a user that nobody is, who keeps the right
    to read and write what root may.
    """
    unshare, setpriv = shutil.which("unshare"), shutil.which("setpriv")
    if not unshare or sys.platform != "linux":
        return ()
    if os.geteuid():
        command = [unshare, "--user", "--map-current-user", "--net", "--pid", "--fork", "--kill-child"]
    elif setpriv:
        caps = "-all,+dac_override,+dac_read_search"
        command = [unshare, "--net", "--pid", "--fork", "--kill-child", setpriv, f"--reuid={_NOBODY + os.getpid()}"]
        command += ["--regid=65534", "--clear-groups", f"--inh-caps={caps}", f"--ambient-caps={caps}"]
        command += [f"--bounding-set={caps}", "--securebits=+no_setuid_fixup"]  # else access(2) forgets these rights
    else:
        return ()
    try:
        works = subprocess.run([*command, sys.executable, "-c", ""], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(command) if works else ()


def watch(has_ended: Callable[[], bool], pid: int, output: Output, seconds: int) -> str:
    """Read until the program behind `pid` has ended; why it has to be stopped before, or nothing."""
    deadline = time.monotonic() + WALL * seconds
    pause = _POLL / 4
    while True:
        output.pump(pause)
        if has_ended():
            return ""
        if output.total > MAX_OUTPUT:
            return f"after {MAX_OUTPUT >> 20} MiB of output"
        if time.monotonic() > deadline:
            return f"after {WALL * seconds} s of waiting"
        if len(_descendants(pid)) > PROCESSES:
            return f"at {PROCESSES} processes"
        pause = min(2 * pause, _POLL)


def _limits(seconds: int, memory: int) -> Callable[[], None]:
    """Make the function that the child runs to limit itself before it becomes the program."""
    wanted = [
        *([(resource.RLIMIT_AS, memory)] if memory else []),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 2 * PROCESSES + (_processes_of_user() if os.geteuid() else 0)),
    ]
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def apply() -> None:
        for limit, value in wanted:
            with contextlib.suppress(ValueError, OSError):  # macOS refuses some
                resource.setrlimit(limit, (value, value))
        if seconds:
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        if prctl:
            prctl(_DEATH_SIGNAL, signal.SIGKILL)

    return apply


def _descendants(pid: int) -> list[int]:
    """List `pid` and the processes that descend from it, as far as Linux tells; just over the limit at most."""
    pending = [pid]
    found: list[int] = []
    while pending and len(found) <= PROCESSES:
        at = pending.pop()
        found.append(at)
        with contextlib.suppress(OSError), open(f"/proc/{at}/task/{at}/children", "rb") as file:
            pending += map(int, file.read().split())
    return found


def _processes_of_user() -> int:
    """Count this user's processes and threads, all of which the kernel's limit counts."""
    user, found = os.geteuid(), 0
    if Path("/proc/self/task").is_dir():
        for name in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == user:
                    found += len(os.listdir(f"/proc/{name}/task"))
        return found
    try:
        done = subprocess.run(["ps", "-A", "-o", "uid="], capture_output=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return 1000
    return sum(int(uid) == user for uid in done.stdout.split())


def end(process: subprocess.Popen[bytes]) -> None:
    """End the program and its group; its process namespace ends with it, elsewhere descendants that left the group."""
    others = [] if _namespaces() else _descendants(process.pid)[1:]
    for pid in [process.pid, *others] if process.poll() is None else others:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
