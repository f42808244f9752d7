"""One process of a job. Run as: LAUNCHER train_as_one_of_many.py BACKEND MODEL JOB_PICKLE FOLDER"""

from __future__ import annotations

import json
import pickle
import sys
from dataclasses import replace
from pathlib import Path

from vibecoder import plugins
from vibecoder.types import Event, ModelSpec, Stepped


class Collected:
    """Events of this process; only rank 1 is ever asked to stop."""

    def __init__(self, rank: int, stop_after: int) -> None:
        self.rank, self.stop_after = rank, stop_after
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def should_stop(self) -> str | None:
        done = sum(isinstance(event, Stepped) for event in self.events)
        return "rank 1 was asked to" if self.rank == 1 and done == self.stop_after else None


def main(name: str, model: Path, job_file: Path, folder: Path) -> None:
    spec = plugins.load().backend(name)
    rank, world = spec.rank_and_world()
    job = pickle.loads(job_file.read_bytes())
    backend = spec.open(ModelSpec(str(model)))
    events = Collected(rank, 0)
    result = backend.train(replace(job, folder=folder / f"rank-{rank}"), events)
    stopped = backend.train(replace(job, folder=folder / f"stopped-{rank}"), Collected(rank, 2))
    report = {
        "world": world,
        "steps": [[e.loss, e.grad_norm, e.tokens, e.total_tokens] for e in events.events if isinstance(e, Stepped)],
        "held_out": backend.loss(job.held_out, result.adapter).mean,
        "replies": backend.generate([[1, 2, 3], [5, 12, 19, 26], [4, 5]], result.adapter, 6, [4087]),
        "stopped": [stopped.stopped, stopped.steps],
    }
    (folder / f"report-{rank}.json").write_text(json.dumps(report))
    backend.close()


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
