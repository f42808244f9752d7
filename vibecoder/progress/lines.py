"""The displays of a run that write lines: plain ones for a pipe or a log, JSON for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from vibecoder.progress.meter import StageMeter, stage_summary, status
from vibecoder.progress.protocol import Advance
from vibecoder.runs.metrics import event_dict
from vibecoder.system.units import duration
from vibecoder.types import Evaluated, Event, Stepped

__all__ = ["JsonProgress", "PlainProgress"]

_LINES_A_STAGE = 20
_WORTH_A_LINE = 10.0


class JsonProgress:
    """One JSON object a line; `type` tells what it is, events are those of `metrics.jsonl`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._stage: str | None = None

    def notice(self, text: str) -> None:
        self._print(type="notice", text=text)

    def warning(self, text: str) -> None:
        self._print(type="warning", text=text)

    def stage_started(
        self,
        name: str,
        index: int,
        count: int,
        steps: int,
        rows: int,
        supervised_share: float,
        tokens_per_step: Sequence[int] | None = None,
    ) -> None:
        self._stage = name
        tokens = sum(tokens_per_step) if tokens_per_step is not None else None
        self._print(
            type="stage_started",
            stage=name,
            index=index,
            count=count,
            steps=steps,
            rows=rows,
            supervised_share=supervised_share,
            tokens=tokens,
        )

    def resumed(self, step: int) -> None:
        self._print(type="resumed", stage=self._stage, step=step)

    def event(self, event: Event) -> None:
        self._print(stage=self._stage, **event_dict(event))

    def probed(self, step: int, exact: int, total: int) -> None:
        self._print(stage=self._stage, type="probe", step=step, exact=exact, total=total)

    @contextmanager
    def busy(self, label: str) -> Iterator[Advance]:
        self._print(type="busy", label=label)
        yield lambda done, total: self._print(type="advance", label=label, done=done, total=total)

    def stage_finished(self, entry: Mapping[str, Any]) -> None:
        self._print(type="stage_finished", stage=self._stage, **{k: v for k, v in entry.items() if k != "name"})
        self._stage = None

    def close(self) -> None:
        pass

    def _print(self, **line: Any) -> None:
        _print_line(self._stream, json.dumps(line, ensure_ascii=False))


class PlainProgress:
    """Lines for a pipe or a log: about twenty a stage, one for each evaluation, nothing that moves the cursor."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._meter: StageMeter | None = None
        self._shown = 0

    def notice(self, text: str) -> None:
        self._print(text)

    def warning(self, text: str) -> None:
        self._print(f"warning: {text}")

    def stage_started(
        self,
        name: str,
        index: int,
        count: int,
        steps: int,
        rows: int,
        supervised_share: float,
        tokens_per_step: Sequence[int] | None = None,
    ) -> None:
        self._meter, self._shown = StageMeter(name, steps, tokens_per_step, self._clock), 0
        facts = f"{rows} rows, {supervised_share:.0%} of their tokens supervised, {steps} steps"
        self._print(f"stage {index}/{count} {name}: {facts}")

    def resumed(self, step: int) -> None:
        if self._meter:
            self._meter.resumed(step)
            self._shown = self._part(step)
        self._print(f"  resumed after step {step}")

    def event(self, event: Event) -> None:
        meter = self._meter
        if not meter:
            return
        meter.observe(event)
        head = f"  step {event.step:>{len(str(meter.steps))}}/{meter.steps}"
        if isinstance(event, Stepped) and (event.step == 1 or self._part(event.step) > self._shown):
            self._shown = self._part(event.step)
            left = meter.seconds_left()
            parts = [part for part in status(meter) if not part.startswith("held-out")]
            self._print("  ".join([head, *parts, *([f"ETA {duration(left)}"] if left is not None else [])]))
        elif isinstance(event, Evaluated):
            self._print(f"{head}  held-out loss {event.loss:.3f}{', the lowest so far' if event.best else ''}")

    def probed(self, step: int, exact: int, total: int) -> None:
        self._print(f"  at step {step}: {exact} of {total} held-out tool calls exact")

    @contextmanager
    def busy(self, label: str) -> Iterator[Advance]:
        begun = self._clock()
        self._print(f"{label} ...")
        yield lambda done, total: None
        if self._clock() - begun >= _WORTH_A_LINE:
            self._print(f"{label}: done in {duration(self._clock() - begun)}")

    def stage_finished(self, entry: Mapping[str, Any]) -> None:
        name = self._meter.name if self._meter else entry.get("name", "")
        self._meter = None
        first, *rest = stage_summary(entry) or ["nothing measured"]
        self._print(f"stage {name} done: {first}")
        if rest:
            self._print(f"  {', '.join(rest)}")

    def close(self) -> None:
        pass

    def _part(self, step: int) -> int:
        return step * _LINES_A_STAGE // max(1, self._meter.steps) if self._meter else 0

    def _print(self, text: str) -> None:
        _print_line(self._stream, text)


def _print_line(stream: TextIO, text: str) -> None:
    # A reader that went away (`| head`) must not cost the run.
    with suppress(BrokenPipeError):
        print(text, file=stream, flush=True)
