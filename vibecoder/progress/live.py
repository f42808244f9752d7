"""Show a run on a terminal: a bar for the stage, a spinner for what takes time, lasting lines above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

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
from vibecoder.system.units import duration
from vibecoder.system.work_clock import worked_seconds
from vibecoder.types import Evaluated, Stepped

__all__ = ["LiveDisplay"]

_REFRESHES_A_SECOND = 6


@dataclass(slots=True)
class _Busy:
    """Something that takes time since `begun`, and how far it is."""

    label: str
    begun: float
    advanced: str = ""


class LiveDisplay:
    """Draws on `console`, by default standard output; colours follow NO_COLOR and the terminal."""

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = worked_seconds) -> None:
        self._console = console or Console(highlight=False)
        self._clock = clock
        self._live: Live | None = None
        self._meter: StageMeter | None = None
        self._heading = ""
        self._busy: list[_Busy] = []
        self._spinner = Spinner("dots", style="cyan")

    def show(self, event: Shown) -> None:
        match event:
            case Notice(text):
                self._print(Text(text))
            case Warned(text):
                self._print(Text.assemble(("warning: ", "bold yellow"), text))
            case Began(label):
                self._busy.append(_Busy(label, self._clock()))
                self._refresh()
            case Advanced(_, done, total) if self._busy:
                self._busy[-1].advanced = f"{done}/{total}"
            case Ended():
                del self._busy[-1:]
                self._refresh()
            case StageStarted():
                self._started(event)
            case StageResumed(step):
                if self._meter:
                    self._meter.resumed(step)
                self._print(Text(f"  resumed after step {step}"))
            case Probed(step, exact, total):
                self._print(Text(f"  at step {step}: {exact} of {total} held-out tool calls exact", "dim"))
            case StageFinished():
                self._finished(event)
            case Stepped() | Evaluated() if self._meter:
                self._meter.observe(event)

    def close(self) -> None:
        self._meter = None
        self._busy.clear()
        self._refresh()

    def _started(self, event: StageStarted) -> None:
        self._meter = StageMeter(event.name, event.steps, event.tokens_per_step, self._clock)
        self._heading = f"{event.index}/{event.count} {event.name}"
        facts = f"  {event.rows} rows, {event.supervised_share:.0%} of their tokens supervised, {event.steps} steps"
        self._print(Text())
        self._print(Text.assemble((f"stage {self._heading}", "bold"), (facts, "dim")))
        self._refresh()

    def _finished(self, event: StageFinished) -> None:
        self._meter = None
        self._refresh()
        parts = [part.replace("->", "→") for part in stage_summary(event.stage)]
        loss = [part for part in parts if part.startswith("held-out")]
        rest = [part for part in parts if not part.startswith("held-out")]
        for mark, line in zip("✓ ", [loss, rest] if loss else [rest], strict=False):
            self._print(Text.assemble((f"  {mark} ", "bold green"), " · ".join(line)))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)

    def _refresh(self) -> None:
        """Keep the moving part on the screen exactly while there is something in it."""
        if (self._meter or self._busy) and not self._live:
            self._live = Live(
                get_renderable=self.render,
                console=self._console,
                refresh_per_second=_REFRESHES_A_SECOND,
                transient=True,
            )
            self._live.start()
        elif not (self._meter or self._busy) and self._live:
            self._live.stop()
            self._live = None
        elif self._live:
            self._live.refresh()

    def render(self) -> RenderableType:
        """Draw the moving part as it is now."""
        meter, busy = self._meter, self._busy[-1] if self._busy else None
        lines: list[RenderableType] = []
        if meter and (meter.step or not busy):
            lines += self._stage_lines(meter, spinning=not busy)
        if busy:
            lines.append(self._busy_line(busy))
        return Group(*lines)

    def _stage_lines(self, meter: StageMeter, spinning: bool) -> list[RenderableType]:
        left = meter.seconds_left()
        row = Table.grid(padding=(0, 1), expand=True)
        for ratio in (None, None, 1, None, None):
            row.add_column(ratio=ratio, no_wrap=True)
        row.add_row(
            self._spinner if spinning else Text(" "),
            Text(self._heading, "bold"),
            ProgressBar(total=max(1, meter.steps), completed=meter.step),
            Text(f"step {meter.step}/{meter.steps}"),
            Text("" if left is None else f"ETA {duration(left)}", "cyan"),
        )
        parts = status(meter) or ["waiting for the first step"]
        return [row, Text("  " + " · ".join(parts), no_wrap=True, overflow="ellipsis")]

    def _busy_line(self, busy: _Busy) -> RenderableType:
        row = Table.grid(padding=(0, 1))
        row.add_column(no_wrap=True)
        row.add_column(no_wrap=True, overflow="ellipsis")
        row.add_column(no_wrap=True)
        row.add_column(no_wrap=True)
        row.add_row(
            self._spinner, Text(busy.label), Text(busy.advanced), Text(duration(self._clock() - busy.begun), "dim")
        )
        return row
