"""Runs tasks on the processors of a Ray cluster; what a lost machine had in hand is run again elsewhere.

Every machine needs vibecoder with the packages rows are built on, in the same versions, and, with `--repo`, the same
repository at the same path.
"""

from __future__ import annotations

import atexit
import re
import shutil
import socket
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from vibecoder.errors import ConfigError, DataError
from vibecoder_datasets.pipeline.tasks import Tasks, answer_of
from vibecoder_datasets.pipeline.units import PoolTask, UnitRunner

__all__ = ["Cluster"]

LOSSES = 4
"""How often a task may lose its process before it counts as what ends them."""
CHECK_EVERY = 30.0
SECONDS_TO_ANSWER = 5.0
_HOST_AND_PORT = re.compile(r"(?:ray://)?\[?([^/]+?)\]?:(\d+)")


class _Runner:
    """Runs tasks in a process of the cluster, one at a time."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="vibecoder-"))
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        self._runner = UnitRunner(self._folder)

    def ready(self) -> None:
        """Return once the process is there."""

    def run(self, task: PoolTask) -> Any:
        """Run a task; a text tells of a defect."""
        return answer_of(task, self._runner)


class Cluster(Tasks):
    """Runs tasks on the Ray cluster at `address`.

    `local` starts a cluster on this machine for as long as the command runs.

    Raises:
        ConfigError: Ray is not installed, or no cluster answers there.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._ray = _connected(address)
        self._actor = self._ray.remote(num_cpus=1, runtime_env={"env_vars": {"PYTHONHASHSEED": "0"}})(_Runner)
        self._busy: dict[Any, tuple[Any, PoolTask | None]] = {}  # by what is awaited; no task: a process that starts
        self._idle: list[Any] = []
        self._lost: Counter[PoolTask] = Counter()

    @property
    def size(self) -> int:
        """The processors of the cluster as it is now."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def close(self) -> None:
        """End all processes of ours; they remove their files."""
        for actor in [*self._idle, *(actor for actor, _ in self._busy.values())]:
            with suppress(Exception):
                actor.__ray_terminate__.remote()
        self._idle.clear()
        self._busy.clear()
        self._ray.shutdown()

    def _hand_out(self) -> None:
        while self._waiting and self._idle:
            actor, task = self._idle.pop(), self._waiting.popleft()
            self._busy[actor.run.remote(task)] = actor, task
        if not self._waiting:
            return
        starting = sum(task is None for _, task in self._busy.values())
        running = len(self._busy) - starting + len(self._idle)
        for _ in range(min(len(self._waiting), self.size - running) - starting):
            actor = self._actor.remote()
            self._busy[actor.ready.remote()] = actor, None

    def _collect(self) -> None:
        """Wait until a process has begun, has finished its task, or is lost."""
        finished, _ = self._ray.wait(list(self._busy), num_returns=1, timeout=CHECK_EVERY)
        for awaited in finished:
            actor, task = self._busy.pop(awaited)
            try:
                answer = self._ray.get(awaited)
            except self._ray.exceptions.RayActorError as error:
                self._lose(task, str(error))
                continue
            self._idle.append(actor)
            if task is not None:
                self._take(task, answer)

    def _lose(self, task: PoolTask | None, reason: str) -> None:
        if task is None:
            raise DataError(f"a process of the Ray cluster could not start: {' '.join(reason.split())[:300]}")
        self._lost[task] += 1
        if self._lost[task] < LOSSES:
            self._waiting.appendleft(task)
        else:
            self._done[task] = task.failed("its process died")


def _connected(address: str) -> Any:
    try:
        import ray
    except ImportError as error:
        raise ConfigError("--cluster needs Ray; pip install 'vibecoder[ray]' on every machine") from error
    if not ray.is_initialized():
        try:
            if place := _HOST_AND_PORT.fullmatch(address):  # Ray itself tries for minutes, without a word
                socket.create_connection((place[1], int(place[2])), timeout=SECONDS_TO_ANSWER).close()
            ray.init(address=address, log_to_driver=False, logging_level="ERROR", configure_logging=False)
        except (OSError, ValueError, RuntimeError) as error:
            first = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise ConfigError(
                f"no Ray cluster at {address}: {first}; start one with `ray start --head`, or give --cluster local"
            ) from error
    return ray
