"""Show a run as lines: plain ones for a pipe or a log, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from vibecoder.progress.events import (
    Advanced,
    Began,
    Ended,
    Notice,
    Probed,
    Shown,
    StageFinished,
    StageResumed,
    StageStarted,
    Warned,
)
from vibecoder.progress.meter import StageMeter, stage_summary, status
from vibecoder.runs.codec import encode
from vibecoder.runs.metrics import event_dict
from vibecoder.system.units import duration
from vibecoder.system.work_clock import worked_seconds
from vibecoder.types import Evaluated, Saved, Stepped

__all__ = ["JsonDisplay", "PlainDisplay"]

_LINES_A_STAGE = 20
_WORTH_A_LINE = 10.0


class JsonDisplay:
    """One JSON object a line; `type` names the event, training events are those of `metrics.jsonl`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._stage: str | None = None

    def show(self, event: Shown) -> None:
        match event:
            case Notice(text):
                self._print(type="notice", text=text)
            case Warned(text):
                self._print(type="warning", text=text)
            case Began(label):
                self._print(type="busy", label=label)
            case Advanced(label, done, total):
                self._print(type="advance", label=label, done=done, total=total)
            case StageStarted():
                self._started(event)
            case StageResumed(step):
                self._print(type="resumed", stage=self._stage, step=step)
            case Probed(step, exact, total):
                self._print(stage=self._stage, type="probe", step=step, exact=exact, total=total)
            case StageFinished(stage):
                entry = {key: value for key, value in encode(stage).items() if key != "name"}
                self._print(type="stage_finished", stage=self._stage, **entry)
                self._stage = None
            case Stepped() | Evaluated() | Saved():
                self._print(stage=self._stage, **event_dict(event))
            case Ended():
                pass

    def close(self) -> None:
        pass

    def _started(self, event: StageStarted) -> None:
        self._stage = event.name
        self._print(
            type="stage_started",
            stage=event.name,
            index=event.index,
            count=event.count,
            steps=event.steps,
            rows=event.rows,
            supervised_share=event.supervised_share,
            tokens=sum(event.tokens_per_step) if event.tokens_per_step is not None else None,
        )

    def _print(self, **line: Any) -> None:
        _print_line(self._stream, json.dumps(line, ensure_ascii=False))


class PlainDisplay:
    """Lines for a pipe or a log: about twenty a stage, one for each evaluation, nothing that moves the cursor."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = worked_seconds) -> None:
        self._stream, self._clock = stream, clock
        self._meter: StageMeter | None = None
        self._shown = 0
        self._begun: list[float] = []

    def show(self, event: Shown) -> None:
        match event:
            case Notice(text):
                self._print(text)
            case Warned(text):
                self._print(f"warning: {text}")
            case Began(label):
                self._begun.append(self._clock())
                self._print(f"{label} ...")
            case Ended(label, failed):
                spent = self._clock() - self._begun.pop()
                if spent >= _WORTH_A_LINE and not failed:
                    self._print(f"{label}: done in {duration(spent)}")
            case StageStarted():
                self._started(event)
            case StageResumed(step):
                self._resumed(step)
            case Probed(step, exact, total):
                self._print(f"  at step {step}: {exact} of {total} held-out tool calls exact")
            case StageFinished():
                self._finished(event)
            case Stepped() | Evaluated():
                self._trained(event)

    def close(self) -> None:
        pass

    def _started(self, event: StageStarted) -> None:
        self._meter, self._shown = StageMeter(event.name, event.steps, event.tokens_per_step, self._clock), 0
        facts = f"{event.rows} rows, {event.supervised_share:.0%} of their tokens supervised, {event.steps} steps"
        self._print(f"stage {event.index}/{event.count} {event.name}: {facts}")

    def _resumed(self, step: int) -> None:
        if self._meter:
            self._meter.resumed(step)
            self._shown = self._part(step)
        self._print(f"  resumed after step {step}")

    def _trained(self, event: Stepped | Evaluated) -> None:
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

    def _finished(self, event: StageFinished) -> None:
        name = self._meter.name if self._meter else event.stage.name
        self._meter = None
        first, *rest = stage_summary(event.stage) or ["nothing measured"]
        self._print(f"stage {name} done: {first}")
        if rest:
            self._print(f"  {', '.join(rest)}")

    def _part(self, step: int) -> int:
        return step * _LINES_A_STAGE // max(1, self._meter.steps) if self._meter else 0

    def _print(self, text: str) -> None:
        _print_line(self._stream, text)


def _print_line(stream: TextIO, text: str) -> None:
    # A reader that went away (`| head`) must not cost the run.
    with suppress(BrokenPipeError):
        print(text, file=stream, flush=True)
