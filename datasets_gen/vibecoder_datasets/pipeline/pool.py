"""Runs tasks in processes; one that kills its process or never ends costs that task alone."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path

from vibecoder.errors import VibecoderError
from vibecoder_datasets.pipeline.tasks import Tasks, answer_of
from vibecoder_datasets.pipeline.units import PoolTask, UnitRunner

__all__ = ["Pool"]

DEATHS = 8
SECONDS = 1800
"""Longest that a task may take; single rows and programs have shorter limits of their own."""


class _Worker:
    """Holds one process and the task it works on."""

    def __init__(self, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.folder = folder
        self.process = context.Process(target=_work, args=(theirs, folder), daemon=True)
        with _one_hash_seed():
            self.process.start()
        theirs.close()
        self.task: PoolTask | None = None
        self.begun = 0.0

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Pool(Tasks):
    """Runs tasks in `workers` processes: `submit` them, then ask `result` for each in any order."""

    def __init__(self, workers: int) -> None:
        super().__init__()
        self._size = max(1, workers)
        self._folder = Path(tempfile.mkdtemp(prefix="vibecoder-"))
        self._workers: list[_Worker] = []
        self._started = 0
        self._deaths = 0

    @property
    def size(self) -> int:
        return self._size

    def close(self) -> None:
        """End all processes and remove their files."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.task is None and self._waiting:
                self._give(worker)
        while self._waiting and len(self._workers) < self._size:
            self._started += 1
            self._workers.append(_Worker(self._folder / str(self._started)))
            self._give(self._workers[-1])

    def _give(self, worker: _Worker) -> None:
        worker.task, worker.begun = self._waiting.popleft(), time.monotonic()
        with suppress(OSError):  # its death is noticed when the answer is awaited
            worker.connection.send(worker.task)

    def _collect(self) -> None:
        """Wait until a worker answers, dies or is overdue."""
        busy = {worker.connection: worker for worker in self._workers if worker.task}
        for connection in wait(list(busy), timeout=5):
            worker = busy[connection]  # type: ignore[index]
            try:
                answer = worker.connection.recv()
            except (EOFError, OSError):
                self._lose(worker, "its process died")
                continue
            assert worker.task is not None
            self._take(worker.task, answer)
            worker.task = None
            self._deaths = 0
        for worker in list(self._workers):
            if worker.task and time.monotonic() - worker.begun > SECONDS:
                self._lose(worker, f"took longer than {SECONDS} s")

    def _lose(self, worker: _Worker, reason: str) -> None:
        assert worker.task is not None
        self._done[worker.task] = worker.task.failed(reason)
        self._workers.remove(worker)
        worker.end()
        self._deaths += 1
        if self._deaths >= DEATHS:
            raise VibecoderError(f"{DEATHS} worker processes died one after the other; free some memory and run again")


def _work(connection: Connection, folder: Path) -> None:
    """Run tasks until the other end is closed, as it is when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    try:
        runner = UnitRunner(folder)
        while True:
            connection.send(answer_of(connection.recv(), runner))
    except (EOFError, OSError):
        shutil.rmtree(folder, ignore_errors=True)


def _end_with_parent(folder: Path) -> None:
    """Wait for the parent's death, be it by SIGKILL in the middle of a task of ours, and leave nothing behind."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    if os.fork() == 0:  # the task goes on making files until this process ends, so another one has to remove them
        _remove(folder.parent)
    os._exit(1)


def _remove(folder: Path) -> None:
    """Remove a folder that other processes may still write to for a moment."""
    for _ in range(100):
        time.sleep(0.1)
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break


@contextmanager
def _one_hash_seed() -> Iterator[None]:
    """Sets have the same order in every process that is started meanwhile, so that rows are the same everywhere."""
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = before
