"""What a run tells while it goes: a live bar on a terminal, plain lines in a pipe, JSON lines for programs."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Protocol, TextIO, TypeAlias

from vibecoder.metrics import event_dict
from vibecoder.progress_meter import StageMeter, duration, memory, rate, status
from vibecoder.types import Evaluated, Event, Stepped

__all__ = ["Advance", "JsonProgress", "PlainProgress", "Progress", "SilentProgress", "make_progress", "stage_summary"]

Advance: TypeAlias = Callable[[int, int], None]
"""Called as `advance(done, total)`."""

_LINES_A_STAGE = 20
_WORTH_A_LINE = 10.0


class Progress(Protocol):
    """The display of a run. Every method may be called at any time; after `close` notices still come through."""

    def notice(self, text: str) -> None: ...

    def warning(self, text: str) -> None: ...

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
        """Stage `index` of `count` begins; `tokens_per_step` [steps] makes the time left honest."""

    def resumed(self, step: int) -> None:
        """The stage goes on after `step`."""

    def event(self, event: Event) -> None: ...

    def busy(self, label: str) -> AbstractContextManager[Advance]:
        """Show that something takes time; the block may call what it is given with (done, total)."""

    def stage_finished(self, entry: Mapping[str, Any]) -> None:
        """The stage is done; `entry` is its part of `run.json`."""

    def close(self) -> None:
        """Give the terminal back."""


def make_progress(json_output: bool, silent: bool = False) -> Progress:
    """The display that suits standard output; `silent` is for all processes of a launcher but the first."""
    if silent:
        return SilentProgress()
    if json_output:
        return JsonProgress(sys.stdout)
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb" or not unicode:
        return PlainProgress(sys.stdout)
    from vibecoder.progress_live import LiveProgress

    return LiveProgress()


def stage_summary(entry: Mapping[str, Any]) -> list[str]:
    """How a stage went, a few words each; what `entry` does not have is left out."""
    losses, parts = entry.get("held_out_loss") or {}, []
    before, after = losses.get("before"), losses.get("after")
    if before is not None and after is not None:
        best = f" (best at step {entry['best_step']})" if entry.get("best_step") else ""
        parts.append(f"held-out loss {before:.3f} -> {after:.3f}{best}")
    if entry.get("steps") is not None:
        spent = f" in {duration(entry['seconds'])}" if entry.get("seconds") is not None else ""
        parts.append(f"{entry['steps']} steps{spent}")
    if entry.get("tokens_per_second"):
        parts.append(f"{rate(entry['tokens_per_second'])} supervised tok/s")
    if entry.get("peak_memory"):
        parts.append(f"peak {memory(entry['peak_memory'])}")
    return parts


class SilentProgress:
    """Shows nothing."""

    def notice(self, text: str) -> None:
        pass

    def warning(self, text: str) -> None:
        pass

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
        pass

    def resumed(self, step: int) -> None:
        pass

    def event(self, event: Event) -> None:
        pass

    @contextmanager
    def busy(self, label: str) -> Iterator[Advance]:
        yield lambda done, total: None

    def stage_finished(self, entry: Mapping[str, Any]) -> None:
        pass

    def close(self) -> None:
        pass


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
        self._print(f"stage {name} done: {', '.join(stage_summary(entry))}")

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
