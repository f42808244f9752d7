"""Progress in a pipe, and for a program."""

from __future__ import annotations

import io
import json

from support.told_run import Clock, step_of, whole_run
from vibecoder.progress.display import Progress
from vibecoder.progress.events import StageResumed, StageStarted
from vibecoder.progress.lines import JsonDisplay, PlainDisplay

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
