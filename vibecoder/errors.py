"""Every error vibecoder raises on purpose.

    VibecoderError                  exit status 1: something of ours went wrong
    ├── BackendError                a backend could not do what it was asked
    │   ├── OutOfMemory             memory ran out in a step; what was trained before it is saved
    │   └── TrainingDiverged        the loss or a gradient became NaN or infinite; the last good adapter is saved
    └── UserError                   exit status 2: something the user can put right
        ├── ConfigError             an unknown key, a value of the wrong type, settings that contradict each other
        ├── DataError               a dataset that is missing, empty, malformed or of another format
        │   └── RowError            one row that the model's template refuses or would not show whole
        ├── ModelError              a model that is missing, unreadable or does not fit the adapter
        ├── OutputError             a folder that cannot be written, a disk that is full
        ├── PluginError             an unknown stage, backend or generator, or two of one name
        └── HubError                no token, no permission, no connection

A message names the thing, the reason and the fix, in one line. The command line prints it and exits; nothing else
catches these, except where one bad part must not cost the good ones.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "ANOTHER_PATH",
    "BackendError",
    "ConfigError",
    "DataError",
    "HubError",
    "ModelError",
    "OutOfMemory",
    "OutputError",
    "PluginError",
    "RowError",
    "TrainingDiverged",
    "UserError",
    "VibecoderError",
    "os_reason",
    "suggestion",
]

ANOTHER_PATH = "choose another path"
"""What the command line completes with the option that chooses one."""


class VibecoderError(Exception):
    """Base of every error raised on purpose; `exit_status` is what the command line ends with."""

    exit_status = 1


class BackendError(VibecoderError):
    pass


class OutOfMemory(BackendError):
    """`step` is the last one that is done, `checkpoint` the folder it is saved in, None where it was saved before."""

    def __init__(self, message: str, step: int = 0, checkpoint: Path | None = None) -> None:
        super().__init__(message)
        self.step, self.checkpoint = step, checkpoint


class TrainingDiverged(BackendError):
    pass


class UserError(VibecoderError):
    exit_status = 2


class ConfigError(UserError):
    pass


class DataError(UserError):
    pass


class RowError(DataError):
    """`reason` is why, in words that other rows with the same fault have too; the message begins with the row's id."""

    def __init__(self, record_id: str, reason: str) -> None:
        super().__init__(f"record {record_id[:12] or '(no id)'}: {reason}")
        self.reason = reason


class ModelError(UserError):
    pass


class OutputError(UserError):
    """Something that cannot be written; `path` where one was named."""

    path: Path | None = None

    @classmethod
    def of(cls, path: Path, error: OSError) -> OutputError:
        """Build the error for a path that cannot be written, with the reason and the fix."""
        made = cls(f"cannot write {path}: {os_reason(error)}")
        made.path = path
        return made


class PluginError(UserError):
    pass


class HubError(UserError):
    pass


_OS_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "the disk quota is used up; free some space and run again",
    errno.EFBIG: "the file would exceed the size limit set for this process; raise it (ulimit -f)",
    errno.EROFS: f"the file system is read-only; {ANOTHER_PATH}",
    errno.EACCES: f"permission denied; change the permissions or {ANOTHER_PATH}",
    errno.EPERM: f"not permitted; change the permissions or {ANOTHER_PATH}",
    errno.EISDIR: "it is a folder; give the path of a file",
    errno.ENOTDIR: f"a part of the path is a file, not a folder; {ANOTHER_PATH}",
    errno.EEXIST: f"a part of the path is a file, not a folder; {ANOTHER_PATH}",
}


def os_reason(error: OSError) -> str:
    """Say what went wrong with a file and what to do, in one line; the command line alone names its options."""
    return _OS_REASONS.get(error.errno or 0, error.strerror or str(error))


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Write the end of a message: `; did you mean X?` with the nearest known name, else `; known: ...`."""
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(names) or 'none'}"
