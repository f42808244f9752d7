"""Progress: the same run on a terminal, in a pipe and for a program, with a clock of its own."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from vibecoder.progress.display import Progress, SilentDisplay, make_progress
from vibecoder.progress.events import Probed, StageFinished, StageResumed, StageStarted
from vibecoder.progress.lines import JsonDisplay, PlainDisplay
from vibecoder.progress.live import LiveDisplay
from vibecoder.progress.meter import StageMeter
from vibecoder.runs.parts import Losses, StageRecord
from vibecoder.system.units import duration, memory, rate
from vibecoder.types import Evaluated, Saved, Stepped

STARTED = StageStarted(
    name="tool-use", index=1, count=3, steps=40, rows=612, supervised_share=0.383, tokens_per_step=[200] * 40
)
STAGE = StageRecord(
    name="tool-use",
    steps=40,
    seconds=80.0,
    tokens_per_second=100.0,
    peak_memory=2 * 2**30,
    best_step=40,
    held_out_loss=Losses(before=2.5, after=1.25),
)

PLAIN = """\
profile cpu-nano: no accelerator [at all]
opening nano on mlx ...
opening nano on mlx: done in 0:12
stage 1/3 tool-use: 612 rows, 38% of their tokens supervised, 40 steps
  step  1/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB
  step  2/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB
  step  4/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 1:12
  step  6/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 1:08
  step  8/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 1:04
  step 10/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 1:00
  step 12/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:56
  step 14/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:52
  step 16/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:48
  step 18/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:44
  step 20/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:40
  step 20/40  held-out loss 1.500, the lowest so far
  at step 20: 3 of 8 held-out tool calls exact
  step 22/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:36
  step 24/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:32
  step 26/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:28
  step 28/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:24
  step 30/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:20
  step 32/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:16
  step 34/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:12
  step 36/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:08
  step 38/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 0:04
  step 40/40  loss 2.000  100 supervised tok/s  peak 2.0 GiB
  step 40/40  held-out loss 1.600
  at step 40: 3 of 8 held-out tool calls exact
stage tool-use done: held-out loss 2.500 -> 1.250 (best at step 40)
  40 steps in 1:20, 100 supervised tok/s, peak 2.0 GiB
warning: the disk is nearly full
adapter: runs/one/adapter
"""


class Clock:
    """A clock that goes only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def step_of(step: int, seconds: float = 2.0, tokens: int = 200, loss: float = 2.0) -> Stepped:
    return Stepped(step, loss, tokens, 3 * tokens, 1e-3, 0.5, seconds, 2 * 2**30)


def whole_run(progress: Progress, clock: Clock) -> None:
    """A run as the host tells it: 40 steps of 2 s and 200 supervised tokens, two evaluations."""
    progress.notice("profile cpu-nano: no accelerator [at all]")
    with progress.busy("opening nano on mlx") as advance:
        clock.now += 12
        advance(1, 2)
    progress.show(STARTED)
    for step in range(1, 41):
        clock.now += 2
        progress.show(step_of(step))
        if step % 20 == 0:
            progress.show(Evaluated(step, 1.5 if step == 20 else 1.6, step == 20))
            progress.show(Saved(step, Path("checkpoint")))
            progress.show(Probed(step, 3, 8))
    progress.show(StageFinished(STAGE))
    progress.warning("the disk is nearly full")
    progress.close()
    progress.notice("adapter: runs/one/adapter")


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


def test_a_pipe_gets_plain_lines() -> None:
    stream, clock = io.StringIO(), Clock()
    whole_run(Progress(PlainDisplay(stream, clock)), clock)
    assert stream.getvalue() == PLAIN


def test_a_resumed_stage_goes_on_where_it_was() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress(PlainDisplay(stream, clock))
    progress.show(
        StageStarted(
            name="full", index=3, count=3, steps=100, rows=10, supervised_share=0.5, tokens_per_step=[200] * 100
        )
    )
    progress.show(StageResumed(50))
    for step in range(51, 61):
        clock.now += 2
        progress.show(step_of(step))
    assert stream.getvalue().splitlines()[1:] == [
        "  resumed after step 50",
        "  step  55/100  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 1:30",
        "  step  60/100  loss 2.000  100 supervised tok/s  peak 2.0 GiB  ETA 1:20",
    ]


def test_a_program_gets_one_object_a_line() -> None:
    stream, clock = io.StringIO(), Clock()
    whole_run(Progress(JsonDisplay(stream)), clock)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert lines[:4] == [
        {"type": "notice", "text": "profile cpu-nano: no accelerator [at all]"},
        {"type": "busy", "label": "opening nano on mlx"},
        {"type": "advance", "label": "opening nano on mlx", "done": 1, "total": 2},
        {
            "type": "stage_started",
            "stage": "tool-use",
            "index": 1,
            "count": 3,
            "steps": 40,
            "rows": 612,
            "supervised_share": 0.383,
            "tokens": 8000,
        },
    ]
    kinds = [line["type"] for line in lines]
    assert (kinds.count("step"), kinds.count("evaluated"), kinds.count("saved")) == (40, 2, 2)
    assert {line["stage"] for line in lines if line["type"] == "step"} == {"tool-use"}
    finished = next(line for line in lines if line["type"] == "stage_finished")
    assert finished["held_out_loss"] == {"before": 2.5, "after": 1.25}
    assert kinds[-2:] == ["warning", "notice"]


def test_a_silent_process_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = make_progress(False, silent=True)
    assert isinstance(progress.display, SilentDisplay)
    whole_run(progress, Clock())
    assert capsys.readouterr() == ("", "")


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


SCRIPT = """
from vibecoder.progress.display import make_progress
progress = make_progress(False)
with progress.busy("opening"):
    print("a library talks")
progress.notice("done")
progress.close()
print(type(progress.display).__name__)
"""


def in_terminal(**environ: str) -> str:
    """What a terminal gets from a process that shows progress."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=theirs, stderr=theirs, env={**kept, "PYTHONUTF8": "1", **environ}
    ) as process:
        os.close(theirs)
        parts = []
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:  # Linux ends a terminal whose other side is closed that way.
            pass
        finally:
            os.close(ours)
    assert process.returncode == 0
    return b"".join(parts).decode()


def test_a_real_terminal_gets_the_live_display() -> None:
    text = in_terminal(TERM="xterm-256color")
    assert "LiveDisplay" in text
    assert "opening" in text
    assert "a library talks" in text
    assert re.search(r"\x1b\[[0-9;]*36m", text)
    assert not re.search(r"\x1b\[[0-9;]*36m", in_terminal(TERM="xterm-256color", NO_COLOR="1"))


@pytest.mark.parametrize(
    "environ", [{"TERM": "dumb"}, {"TERM": "xterm", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}]
)
def test_a_simple_terminal_gets_lines(environ: dict[str, str]) -> None:
    text = in_terminal(**environ)
    assert text.split("\r\n") == ["opening ...", "a library talks", "done", "PlainDisplay", ""]


def test_a_pipe_is_no_terminal_and_may_close_early() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["opening ...", "a library talks", "done", "PlainDisplay"]
    script = (
        "import os, sys\n"
        "from vibecoder.progress.display import make_progress\n"
        "progress = make_progress(False)\n"
        "sys.stdin.read()\n"
        "progress.notice('nobody reads this')\n"
        "print('still here', file=sys.stderr)\n"
        "os._exit(0)\n"
    )
    ours, theirs = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=theirs, stderr=subprocess.PIPE, text=True
    )
    os.close(theirs)
    os.close(ours)
    assert process.communicate("")[1] == "still here\n"


def meter_after(steps: int, plan: list[int] | None, pace: float = 0.01) -> tuple[StageMeter, Clock]:
    clock = Clock()
    meter = StageMeter("full", 10, plan, clock)
    for step in range(1, steps + 1):
        clock.now += pace * (plan[step - 1] if plan else 100)
        meter.observe(step_of(step))
    return meter, clock


def test_the_time_left_is_hidden_until_three_steps_are_measured() -> None:
    assert [meter_after(steps, None)[0].seconds_left() is None for steps in range(11)] == [
        True, True, True, True, False, False, False, False, False, False, True,
    ]  # fmt: skip


def test_the_time_left_follows_the_planned_tokens() -> None:
    meter, clock = meter_after(5, [100] * 5 + [1000] * 5)
    assert meter.seconds_left() == pytest.approx(50.0)
    clock.now += 20
    assert meter.seconds_left() == pytest.approx(30.0)
    clock.now += 200
    assert meter.seconds_left() == 0.0


def test_the_time_left_counts_evaluations_and_not_the_first_step() -> None:
    clock = Clock()
    meter = StageMeter("full", 10, None, clock)
    clock.now += 60
    meter.observe(step_of(1, seconds=60))
    for step in range(2, 6):
        clock.now += 1 + 2
        meter.observe(step_of(step, seconds=1))
    assert meter.seconds_left() == pytest.approx(5 * 3)


def test_a_loss_is_smoothed_from_the_first_value_on() -> None:
    meter = StageMeter("full", 10)
    meter.observe(step_of(1, loss=4.0))
    assert meter.loss == pytest.approx(4.0)
    meter.observe(step_of(2, loss=2.0))
    assert meter.loss == pytest.approx((0.9 * 0.1 * 4 + 0.1 * 2) / (0.9 * 0.1 + 0.1))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (duration(6.6), "0:07"),
        (duration(723), "12:03"),
        (duration(3723), "1:02:03"),
        (memory(812 * 2**20), "812 MiB"),
        (memory(1010 * 2**20), "1.0 GiB"),
        (memory(1.94 * 2**30), "1.9 GiB"),
        (rate(7.46), "7.5"),
        (rate(812.3), "812"),
        (rate(9999.9), "10.0k"),
        (rate(12345), "12.3k"),
    ],
)
def test_numbers_are_short(written: Any, expected: str) -> None:
    assert written == expected
