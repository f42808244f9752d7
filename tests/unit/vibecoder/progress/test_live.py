"""Progress on a terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from support.told_run import STARTED, Clock, step_of, whole_run
from vibecoder.progress.display import Progress
from vibecoder.progress.events import StageStarted
from vibecoder.progress.live import LiveDisplay
from vibecoder.types import Evaluated


def live(color: bool = True, width: int = 80) -> tuple[Progress, io.StringIO, Console, Clock]:
    clock, stream = Clock(), io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=True,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        _environ={},
    )
    return Progress(LiveDisplay(console, clock)), stream, console, clock


def shown(progress: Progress, width: int = 80) -> list[str]:
    """The moving part as it looks now, line by line."""
    console = Console(file=io.StringIO(), width=width, color_system=None, _environ={})
    with console.capture() as capture:
        assert isinstance(progress.display, LiveDisplay)
        console.print(progress.display.render())
    return capture.get().splitlines()


def test_the_bar_shows_what_is_known() -> None:
    progress, _, _, clock = live()
    progress.show(STARTED)
    assert shown(progress)[1].strip() == "waiting for the first step"
    for step in range(1, 11):
        clock.now += 2
        progress.show(step_of(step))
    progress.show(Evaluated(10, 1.5, True))
    clock.now += 1
    bar, numbers = shown(progress)
    progress.close()
    assert re.fullmatch(r". 1/3 tool-use ━+.* step 10/40 ETA 0:59", bar)
    assert numbers.rstrip() == "  loss 2.000 · held-out 1.500 · 100 supervised tok/s · peak 2.0 GiB"
    assert max(map(len, [bar, numbers.rstrip()])) <= 80


@pytest.mark.parametrize("width", [30, 60, 80, 200])
def test_the_bar_keeps_to_its_two_lines(width: int) -> None:
    progress, _, _, clock = live(width=width)
    progress.show(
        StageStarted(
            name="a-stage-with-a-very-long-name", index=10, count=12, steps=100_000, rows=612, supervised_share=0.383
        )
    )
    for step in range(1, 11):
        clock.now += 500
        progress.show(step_of(step, seconds=500))
    progress.show(Evaluated(10, 1.5, True))
    lines = shown(progress, width)
    progress.close()
    assert len(lines) == 2
    assert all(len(line) <= width for line in lines)


def test_what_takes_time_has_a_spinner() -> None:
    progress, _, _, clock = live()
    with progress.busy("opening nano on mlx") as advance:
        clock.now += 65
        assert re.fullmatch(r". opening nano on mlx +1:05 *", shown(progress)[0])
        advance(3, 64)
        assert "3/64" in shown(progress)[0]
    assert shown(progress) == []


def test_the_terminal_is_given_back_when_something_fails() -> None:
    progress, stream, _, _ = live()

    def fails() -> None:
        with progress.busy("opening nano on mlx"):
            raise ValueError("no memory")

    with pytest.raises(ValueError, match="no memory"):
        fails()
    progress.close()
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h") == 1


def test_lasting_lines_stay_above_the_bar() -> None:
    progress, stream, _, clock = live()
    whole_run(progress, clock)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    for line in (
        "profile cpu-nano: no accelerator [at all]",
        "stage 1/3 tool-use  612 rows, 38% of their tokens supervised, 40 steps",
        "  ✓ held-out loss 2.500 → 1.250 (best at step 40)",
        "    40 steps in 1:20 · 100 supervised tok/s · peak 2.0 GiB",
        "warning: the disk is nearly full",
        "adapter: runs/one/adapter",
    ):
        assert line in [part.rstrip() for part in re.split("[\r\n]", text)], line


def test_no_color_means_none() -> None:
    coloured, plain = live(color=True), live(color=False)
    for progress, _, _, clock in (coloured, plain):
        whole_run(progress, clock)
    assert re.search(r"\x1b\[[0-9;]*3[0-7]", coloured[1].getvalue())
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", plain[1].getvalue())
