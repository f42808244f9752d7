"""Read and append one `dataset.jsonl` that many processes use at once.

Appends happen under a file lock, as whole lines, and are on disk when `append` returns. A process killed while it
writes leaves at most one unterminated line: readers ignore it, and the next append moves it to the quarantine file.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from vibecoder.dataset.normalise.nulls import NULLS, without_foreign_nulls
from vibecoder.dataset.records import identified, parse, to_line
from vibecoder.errors import DataError, OutputError, os_reason
from vibecoder.system.lines import is_json, sync_folder, whole_lines, write_at
from vibecoder.types import Record

__all__ = ["BadLine", "Contents", "Dataset"]

_BINARY = {b"PAR1": "Parquet", b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"SQLite": "SQLite", b"ARROW1": "Arrow"}
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no record: its 1-based `number`, the `reason`, and its `text` without the newline.

    Bytes that are not UTF-8 are kept in `text` as lone surrogates (Python's `surrogateescape`).
    """

    number: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a dataset as read; `digest` is the SHA-256 of the `size` bytes that were used.

    `changed` counts what was taken out of rows while they were read, by reason.
    """

    records: tuple[Record, ...]
    bad: tuple[BadLine, ...]
    size: int
    digest: str
    changed: Mapping[str, int] = field(default_factory=dict)


class Dataset:
    """One `dataset.jsonl`. Keep an instance for repeated appends: it only reads what others have added since."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._ids: set[str] = set()
        self._offset = 0
        self._seen = (0, 0, b"")

    @property
    def quarantine_path(self) -> Path:
        return self.path.with_name(f"{self.path.stem}.quarantine.jsonl")

    def append(self, records: Iterable[Record]) -> int:
        """Append the records whose ids the file lacks, all or none, and return how many were added.

        Raises:
            DataError: a record is malformed; nothing was written.
            OutputError: the file cannot be written or the disk is full; the file is as it was.
        """
        lines: dict[str, bytes] = {}
        for number, record in enumerate(records, 1):
            try:
                lines[identified(record).id] = to_line(record)
            except DataError as error:
                raise DataError(f"record {number} cannot be added: {error}") from error
        if not lines and not self.path.exists():
            return 0
        with self._writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                created = not self.path.exists()
                descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
                with open(descriptor, "r+b", buffering=0) as file:
                    self._catch_up(file)
                    new = {identity: line for identity, line in lines.items() if identity not in self._ids}
                    if new:
                        self._write(file, b"".join(new.values()))
                        self._ids.update(new)
                if created:
                    sync_folder(self.path.parent)
        return len(new)

    def read(self, limit: int | None = None) -> Contents:
        """Read the valid records in file order and the bad lines, of the first `limit` bytes only if given.

        `limit` set to an earlier `Contents.size` gives the same again, whatever was appended since. Safe while others
        append: what is not yet a whole line is not there yet.

        Raises:
            DataError: the file is missing or unreadable, is empty, or holds no record at all.
        """
        records: list[Record] = []
        bad: list[BadLine] = []
        changed: Counter[str] = Counter()
        digest, size = hashlib.sha256(), 0
        try:
            with open(self.path, "rb") as file:
                self._refuse_binary(file)
                for number, line in enumerate(whole_lines(file, limit), 1):
                    digest.update(line)
                    size += len(line)
                    text = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
                    if not text:
                        continue
                    try:
                        records.append(parse(text, changed))
                    except DataError as error:
                        reason = _one_line(str(error))
                        bad.append(BadLine(number, reason, line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")))
        except FileNotFoundError as error:
            raise DataError(
                f"no dataset at {self.path}; check the path, or make one with `vibecoder data add`"
            ) from error
        except OSError as error:
            raise DataError(f"cannot read the dataset {self.path}: {os_reason(error)}") from error
        if not records and bad:
            more = f" (and {len(bad) - 1} more bad lines)" if len(bad) > 1 else ""
            raise DataError(f"no valid row in {self.path}: line {bad[0].number}: {bad[0].reason}{more}")
        if not records:
            raise DataError(f"the dataset {self.path} is empty; add rows with `vibecoder data add FILE`")
        clean, nulls = without_foreign_nulls(records)
        if nulls:
            changed[NULLS] += nulls
            clean = [record if record.id else identified(record) for record in clean]
        return Contents(tuple(clean), tuple(bad), size, digest.hexdigest(), changed)

    def quarantine(self, bad: Iterable[BadLine]) -> Path:
        """Copy bad lines to the quarantine file beside the dataset, each once however often this is called.

        Raises:
            OutputError: the file cannot be written.
        """
        lines = [line.text.encode("utf-8", "surrogateescape") for line in bad]
        with self._writing(self.quarantine_path), self._locked():
            self._set_aside(lines)
        return self.quarantine_path

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock a file beside the real one, so that two names of one file share it; the kernel frees it when we die."""
        real = Path(os.path.realpath(self.path))
        with FileLock(real.with_name(f".{real.name}.lock")):
            yield

    @contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError.of(path, error) from error

    def _catch_up(self, file: BinaryIO) -> None:
        """Learn the ids added since the last append and make the file end with a newline."""
        size = os.fstat(file.fileno()).st_size
        if not self._known(file, size):
            self._ids, self._offset = set(), 0
        file.seek(self._offset)
        with open(os.dup(file.fileno()), "rb") as reader:
            for line in reader:
                whole = line.endswith(b"\n")
                try:
                    self._ids.add(parse(line.removeprefix(_BOM) if self._offset == 0 else line).id)
                except DataError:
                    if not whole and not is_json(line):
                        self._set_aside([line])
                        file.truncate(self._offset)
                        os.fsync(file.fileno())
                        break
                self._offset += len(line)
                if not whole:
                    self._write(file, b"\n")
                    break
        self._remember(file)

    def _known(self, file: BinaryIO, size: int) -> bool:
        """Tell whether the file is still the one read up to our offset, not another put in its place."""
        status = os.fstat(file.fileno())
        device, inode, tail = self._seen
        if (status.st_dev, status.st_ino) != (device, inode) or size < self._offset:
            return False
        return os.pread(file.fileno(), len(tail), self._offset - len(tail)) == tail

    def _remember(self, file: BinaryIO) -> None:
        status = os.fstat(file.fileno())
        length = min(64, self._offset)
        self._seen = (status.st_dev, status.st_ino, os.pread(file.fileno(), length, self._offset - length))

    def _write(self, file: BinaryIO, data: bytes) -> None:
        """Append whole lines and sync them to disk, or leave the file as it was."""
        end = self._offset
        write_at(file, data, end)
        self._offset = end + len(data)
        self._remember(file)

    def _set_aside(self, lines: list[bytes]) -> None:
        """Append to the quarantine file the lines it lacks; the caller has the lock."""
        path = self.quarantine_path
        created = not path.exists()
        with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b", buffering=0) as file:
            known, end, last = set(), 0, b"\n"
            with open(os.dup(file.fileno()), "rb") as reader:
                for line in reader:
                    known.add(line.rstrip(b"\r\n"))
                    end, last = end + len(line), line
            new = [line for line in dict.fromkeys(line.rstrip(b"\r\n") for line in lines) if line not in known]
            if new:
                start = b"" if last.endswith(b"\n") else b"\n"
                write_at(file, start + b"".join(line + b"\n" for line in new), end)
        if created:
            sync_folder(path.parent)

    def _refuse_binary(self, file: BinaryIO) -> None:
        head = file.read(8)
        file.seek(0)
        for magic, name in _BINARY.items():
            if head.startswith(magic):
                raise DataError(f"{self.path} is a {name} file, not JSON lines; convert it to one JSON object a line")


def _one_line(reason: str) -> str:
    """Shorten a reason, which may quote the row, to 300 printable characters."""
    text = " ".join(reason.split())
    text = "".join(c if c.isprintable() else c.encode("unicode-escape").decode() for c in text[:300])
    return text if len(text) <= 300 else f"{text[:297]}..."
