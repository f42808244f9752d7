"""What happened, event by event: `metrics.jsonl` and TensorBoard, written at once and read back for the report."""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from vibecoder.errors import OutputError
from vibecoder.runs.tensorboard import EventFile
from vibecoder.types import Evaluated, Event, Stepped

__all__ = ["MetricsWriter", "by_stage", "event_dict", "read_metrics", "wilson_interval"]


class MetricsWriter:
    """Appends to `folder/metrics.jsonl`, a line an event, each flushed; and to `folder/tensorboard` if asked to.

    In TensorBoard a scalar is called `STAGE/NAME` and its step counts over all stages. Opening an existing file goes on
    with it; a last line that was cut off is removed.

    Raises:
        OutputError: the folder cannot be written or the disk is full, here and in every method.
    """

    def __init__(self, folder: Path, tensorboard: bool) -> None:
        self.path = folder / "metrics.jsonl"
        self._events: EventFile | None = None
        self._steps: dict[str, int] = {}
        with self._writing():
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a+b")
            self._drop_cut_line()
            for line in read_metrics(self.path):
                self._count(line)
            if tensorboard:
                self._events = EventFile(folder / "tensorboard")

    def __enter__(self) -> MetricsWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, stage: str, event: Event) -> None:
        """Record what a backend reported in `stage`."""
        line = {"stage": stage, **event_dict(event)}
        self._append(line)
        self._count(line)
        self._scalars(self._before(stage) + event.step, {f"{stage}/{k}": v for k, v in _scalars(event).items()})

    def write_tool_calls(self, score: Mapping[str, Any]) -> None:
        """Record a measurement of tool calls: `when` (`base` or a stage), `exact`, `total` and whatever else it has."""
        when = score.get("when")
        self._append({"stage": None if when == "base" else when, "type": "tool_calls", **score})
        if score.get("total"):
            share = score.get("exact", 0) / score["total"]
            self._scalars(sum(self._steps.values()), {"tool_calls/exact_share": share})

    def write_probe(self, stage: str, step: int, exact: int, total: int) -> None:
        """Record how many of a few held-out tool calls were exact at a save."""
        self._append({"stage": stage, "type": "probe", "step": step, "exact": exact, "total": total})
        self._scalars(self._before(stage) + step, {f"{stage}/exact_share_at_save": exact / max(1, total)})

    def truncate(self, stage: str, step: int) -> None:
        """Forget what comes after `step` of `stage`, later stages included: training is about to do it again.

        Step 0 forgets the stage altogether. The file is replaced whole; lines of earlier stages stay as they are.
        """
        with self._writing():
            raw = self.path.read_bytes().splitlines(keepends=True)
            lines = [(text, line) for text in raw if (line := _parsed(text)) is not None]
            order = list(dict.fromkeys(line.get("stage") for _, line in lines))
            redone = set(order[order.index(stage) + 1 :]) - {None} if stage in order else set()
            kept = [(text, line) for text, line in lines if _is_kept(line, stage, step, redone)]
            if len(kept) == len(raw):
                return
            scratch = self.path.with_name(f".{self.path.name}.writing")
            with scratch.open("wb") as file:
                file.writelines(text for text, _ in kept)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(self.path)
            self._file.close()
            self._file = self.path.open("a+b")
            self._steps = {}
            for _, line in kept:
                self._count(line)
            if self._events:
                self._events.restart(self._before(stage) + step + 1)

    def close(self) -> None:
        with self._writing():
            self._file.close()
            if self._events:
                self._events.close()

    def _append(self, line: Mapping[str, Any]) -> None:
        stamped = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **line}
        with self._writing():
            self._file.write(json.dumps(_finite(stamped), ensure_ascii=False, allow_nan=False).encode() + b"\n")
            self._file.flush()

    def _scalars(self, step: int, values: dict[str, float]) -> None:
        if self._events and values:
            with self._writing():
                self._events.scalars(step, values)

    def _count(self, line: Mapping[str, Any]) -> None:
        if line.get("type") == "step":
            self._steps[line["stage"]] = max(line["step"], self._steps.get(line["stage"], 0))

    def _before(self, stage: str) -> int:
        """Count the steps of the stages before `stage`."""
        names = list(self._steps)
        return sum(self._steps[name] for name in names[: names.index(stage) if stage in names else None])

    def _drop_cut_line(self) -> None:
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            if _parsed(data[whole:]) is None:
                self._file.truncate(whole)
            else:
                self._file.write(b"\n")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError.of(self.path, error) from error


def event_dict(event: Event) -> dict[str, Any]:
    """Convert an event into a JSON object: `type` is `step`, `evaluated` or `saved`; a number not finite is null."""
    if isinstance(event, Stepped):
        return _finite(
            {
                "type": "step",
                "step": event.step,
                "loss": event.loss,
                "tokens": event.tokens,
                "total_tokens": event.total_tokens,
                "learning_rate": event.learning_rate,
                "grad_norm": event.grad_norm,
                "seconds": round(event.seconds, 6),
                "peak_memory": event.peak_memory,
            }
        )
    if isinstance(event, Evaluated):
        return _finite({"type": "evaluated", "step": event.step, "loss": event.loss, "best": event.best})
    return {"type": "saved", "step": event.step}


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Read the events in `path`, oldest first; none where there is no file. Truncated lines are skipped.

    Raises:
        OutputError: the file is there and cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror or error}; check its permissions") from error
    return [line for line in map(_parsed, lines) if line is not None]


def wilson_interval(successes: int, total: int) -> tuple[float, float]:
    """Return the 95% interval of a share (E. B. Wilson, 1927), both ends in [0, 1]; (0, 1) of an empty count."""
    if total < 1:
        return 0.0, 1.0
    z = 1.959963984540054
    share, spread = successes / total, z * z / total
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    low = 0.0 if successes == 0 else centre - half
    return max(0.0, low), 1.0 if successes == total else min(1.0, centre + half)


def by_stage(metrics: Sequence[Mapping[str, Any]], kind: str) -> dict[str, list[Mapping[str, Any]]]:
    """Group the events of one `type` by stage, in the order the stages ran."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in metrics:
        if line.get("type") == kind and isinstance(line.get("stage"), str):
            found[line["stage"]].append(line)
    return dict(found)


def _is_kept(line: Mapping[str, Any], stage: str, step: int, redone: set[Any]) -> bool:
    if line.get("stage") in redone:
        return False
    return line.get("stage") != stage or (0 < line.get("step", step + 1) <= step)


def _scalars(event: Event) -> dict[str, float]:
    if isinstance(event, Stepped):
        return {
            "loss": event.loss,
            "learning_rate": event.learning_rate,
            "grad_norm": event.grad_norm,
            "supervised_tokens_per_second": event.tokens / max(1e-9, event.seconds),
            "peak_memory_gib": event.peak_memory / 2**30,
        }
    return {"held_out_loss": event.loss} if isinstance(event, Evaluated) else {}


def _finite(line: Mapping[str, Any]) -> dict[str, Any]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in line.items()}


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None
