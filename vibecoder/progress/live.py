"""The live display of a run on a terminal: a bar for the stage, a spinner for what takes time, lasting lines above."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from vibecoder.progress.meter import StageMeter, stage_summary, status
from vibecoder.progress.protocol import Advance
from vibecoder.system.units import duration
from vibecoder.types import Event

__all__ = ["LiveProgress"]

_REFRESHES_A_SECOND = 6


class LiveProgress:
    """Draws on `console`, by default standard output; colours follow NO_COLOR and the terminal."""

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console or Console(highlight=False)
        self._clock = clock
        self._live: Live | None = None
        self._meter: StageMeter | None = None
        self._heading = ""
        self._busy: tuple[str, float] | None = None
        self._advanced: tuple[int, int] | None = None
        self._spinner = Spinner("dots", style="cyan")

    def notice(self, text: str) -> None:
        self._print(Text(text))

    def warning(self, text: str) -> None:
        self._print(Text.assemble(("warning: ", "bold yellow"), text))

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
        self._meter = StageMeter(name, steps, tokens_per_step, self._clock)
        self._heading = f"{index}/{count} {name}"
        facts = f"  {rows} rows, {supervised_share:.0%} of their tokens supervised, {steps} steps"
        self._print(Text())
        self._print(Text.assemble((f"stage {self._heading}", "bold"), (facts, "dim")))
        self._show()

    def resumed(self, step: int) -> None:
        if self._meter:
            self._meter.resumed(step)
        self._print(Text(f"  resumed after step {step}"))

    def event(self, event: Event) -> None:
        if self._meter:
            self._meter.observe(event)

    def probed(self, step: int, exact: int, total: int) -> None:
        self._print(Text(f"  at step {step}: {exact} of {total} held-out tool calls exact", "dim"))

    @contextmanager
    def busy(self, label: str) -> Iterator[Advance]:
        outer = self._busy, self._advanced
        self._busy, self._advanced = (label, self._clock()), None
        self._show()
        try:
            yield self._advance
        finally:
            self._busy, self._advanced = outer
            self._show()

    def stage_finished(self, entry: Mapping[str, Any]) -> None:
        self._meter = None
        self._show()
        parts = [part.replace("->", "→") for part in stage_summary(entry)]
        loss = [part for part in parts if part.startswith("held-out")]
        rest = [part for part in parts if not part.startswith("held-out")]
        for mark, line in zip("✓ ", [loss, rest] if loss else [rest], strict=False):
            self._print(Text.assemble((f"  {mark} ", "bold green"), " · ".join(line)))

    def close(self) -> None:
        self._meter = self._busy = None
        self._show()

    def _advance(self, done: int, total: int) -> None:
        self._advanced = (done, total)

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)

    def _show(self) -> None:
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
        """What the moving part looks like now."""
        meter, busy = self._meter, self._busy
        lines: list[RenderableType] = []
        if meter and (meter.step or not busy):
            lines += self._stage_lines(meter, spinning=not busy)
        if busy:
            lines.append(self._busy_line(*busy))
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

    def _busy_line(self, label: str, begun: float) -> RenderableType:
        advanced = self._advanced
        row = Table.grid(padding=(0, 1))
        row.add_column(no_wrap=True)
        row.add_column(no_wrap=True, overflow="ellipsis")
        row.add_column(no_wrap=True)
        row.add_column(no_wrap=True)
        done = f"{advanced[0]}/{advanced[1]}" if advanced else ""
        row.add_row(self._spinner, Text(label), Text(done), Text(duration(self._clock() - begun), "dim"))
        return row
