"""Tasks that wait, and results that are there: what a pool of processes and a cluster have in common."""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from typing import Any

from vibecoder.errors import VibecoderError
from vibecoder_datasets.pipeline.units import PoolTask, UnitRunner

__all__ = ["Tasks", "answer_of"]


def answer_of(task: PoolTask, runner: UnitRunner) -> Any:
    """Run a task in a worker's process and return its result; a text tells of a defect."""
    try:
        return task.run_by(runner)
    except Exception as error:
        return f"{type(error).__name__}: {error}; {traceback.format_exc().splitlines()[-3].strip()}"


class Tasks(ABC):
    """Runs tasks elsewhere: `submit` them, then ask `result` for each in any order."""

    def __init__(self) -> None:
        self._waiting: deque[PoolTask] = deque()
        self._done: dict[PoolTask, Any] = {}

    @property
    @abstractmethod
    def size(self) -> int:
        """How many tasks run at once."""

    @abstractmethod
    def close(self) -> None:
        """End all processes and remove their files."""

    @abstractmethod
    def _hand_out(self) -> None:
        """Give waiting tasks to processes that are free."""

    @abstractmethod
    def _collect(self) -> None:
        """Wait for an answer, or for the loss of a process, and take it in."""

    def begin(self, tasks: Sequence[PoolTask]) -> None:
        """Take on the tasks of a new job and forget those of an earlier one."""
        self._waiting = deque(tasks)
        self._done.clear()
        self._hand_out()

    def submit(self, tasks: Sequence[PoolTask]) -> None:
        """Take on more tasks, before all that wait."""
        self._waiting.extendleft(reversed(tasks))
        self._hand_out()

    def result(self, task: PoolTask) -> Any:
        """Wait for a submitted task and return its result.

        Raises:
            VibecoderError: its expert, or the machinery, has a defect that is not a row's.
        """
        while task not in self._done:
            self._collect()
            self._hand_out()
        return self._done.pop(task)

    def _take(self, task: PoolTask, answer: Any) -> None:
        """Keep the answer to a task.

        Raises:
            VibecoderError: it is the text of a defect.
        """
        if isinstance(answer, str):
            raise VibecoderError(f"a task of work failed ({task.name}): {answer}")
        self._done[task] = answer
