"""Metrics: nothing written is lost, nothing half-written is read, and no trace stays of steps that a resume redoes."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vibecoder.errors import OutputError
from vibecoder.runs.metrics import MetricsWriter, by_stage, read_metrics, wilson_interval
from vibecoder.types import Evaluated, Saved, Stepped

SCORE = {"when": "base", "exact": 1, "total": 4, "by_category": {"tool-use": {"exact": 1, "total": 4}}}


def stepped(step: int, loss: float = 1.0) -> Stepped:
    return Stepped(step, loss, 200, 500, 1e-3, 0.5, 0.25, 3 * 2**30)


def train(writer: MetricsWriter, stage: str, steps: range, loss: float = 1.0) -> None:
    """What a backend reports: every step, an evaluation and a checkpoint at every second one."""
    for step in steps:
        writer.write(stage, stepped(step, loss))
        if step % 2 == 0:
            writer.write(stage, Evaluated(step, loss, True))
            writer.write(stage, Saved(step, Path("somewhere")))


def told(folder: Path) -> list[tuple[Any, ...]]:
    return [(e["stage"], e["type"], e.get("step", e.get("when"))) for e in read_metrics(folder / "metrics.jsonl")]


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard shows."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    reader = accumulator.EventAccumulator(str(folder / "tensorboard"))
    reader.Reload()
    return {tag: [(e.step, e.value) for e in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]}


def test_every_event_is_a_line_with_its_values(tmp_path: Path) -> None:
    with MetricsWriter(tmp_path, tensorboard=False) as writer:
        writer.write_tool_calls(SCORE)
        train(writer, "tool-use", range(1, 3))
        writer.write_tool_calls({**SCORE, "when": "tool-use"})
    lines = read_metrics(tmp_path / "metrics.jsonl")
    assert all(line.pop("time") for line in lines)
    step = {
        "loss": 1.0,
        "tokens": 200,
        "total_tokens": 500,
        "learning_rate": 0.001,
        "grad_norm": 0.5,
        "seconds": 0.25,
        "peak_memory": 3 * 2**30,
    }
    assert lines == [
        {"stage": None, "type": "tool_calls", **SCORE},
        {"stage": "tool-use", "type": "step", "step": 1, **step},
        {"stage": "tool-use", "type": "step", "step": 2, **step},
        {"stage": "tool-use", "type": "evaluated", "step": 2, "loss": 1.0, "best": True},
        {"stage": "tool-use", "type": "saved", "step": 2},
        {"stage": "tool-use", "type": "tool_calls", **SCORE, "when": "tool-use"},
    ]
    assert not (tmp_path / "tensorboard").exists()


def test_calls_asked_at_a_save_go_with_its_step(tmp_path: Path) -> None:
    with MetricsWriter(tmp_path, tensorboard=True) as writer:
        train(writer, "tool-use", range(1, 5))
        train(writer, "full", range(1, 3))
        writer.write_probe("full", 2, 1, 4)
        train(writer, "full", range(3, 5))
        writer.write_probe("full", 4, 3, 4)
        writer.truncate("full", 2)
    probes = by_stage(read_metrics(tmp_path / "metrics.jsonl"), "probe")
    assert {stage: [(e["step"], e["exact"], e["total"]) for e in found] for stage, found in probes.items()} == {
        "full": [(2, 1, 4)]
    }
    assert scalars(tmp_path)["full/exact_share_at_save"] == [(6, 0.25)]


def test_what_is_no_number_becomes_null(tmp_path: Path) -> None:
    with MetricsWriter(tmp_path, tensorboard=True) as writer:
        writer.write("full", Stepped(1, math.nan, 1, 1, 1e-3, math.inf, 0.0, 0))
        writer.write("full", Stepped(2, 1.0, 1, 1, 1e-3, 1e300, 1.0, 0))
    first = json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[0], parse_constant=pytest.fail)
    assert (first["loss"], first["grad_norm"]) == (None, None)
    assert [step for step, _ in scalars(tmp_path)["full/grad_norm"]] == [1, 2]


def test_a_resumed_stage_forgets_its_later_steps_and_later_stages(tmp_path: Path) -> None:
    with MetricsWriter(tmp_path, tensorboard=False) as writer:
        writer.write_tool_calls(SCORE)
        train(writer, "tool-use", range(1, 5))
        writer.write_tool_calls({**SCORE, "when": "tool-use"})
        train(writer, "agentic", range(1, 6))
    with MetricsWriter(tmp_path, tensorboard=False) as writer:
        writer.truncate("agentic", 4)
        assert told(tmp_path)[-1] == ("agentic", "saved", 4)
        train(writer, "agentic", range(5, 6))
        assert [s for stage, kind, s in told(tmp_path) if (stage, kind) == ("agentic", "step")] == [1, 2, 3, 4, 5]
        writer.truncate("agentic", 0)
        assert told(tmp_path)[-1] == ("tool-use", "tool_calls", "tool-use")
        train(writer, "agentic", range(1, 3))
        writer.truncate("tool-use", 2)
    assert told(tmp_path) == [
        (None, "tool_calls", "base"),
        ("tool-use", "step", 1),
        ("tool-use", "step", 2),
        ("tool-use", "evaluated", 2),
        ("tool-use", "saved", 2),
    ]


def test_nothing_to_forget_leaves_the_file_alone(tmp_path: Path) -> None:
    with MetricsWriter(tmp_path, tensorboard=True) as writer:
        train(writer, "tool-use", range(1, 5))
        before = (tmp_path / "metrics.jsonl").stat()
        writer.truncate("agentic", 0)
        writer.truncate("tool-use", 4)
    after = (tmp_path / "metrics.jsonl").stat()
    assert (before.st_ino, before.st_size) == (after.st_ino, after.st_size)


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_cut_last_line_costs_only_itself(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "metrics.jsonl"
    with MetricsWriter(tmp_path, tensorboard=False) as writer:
        train(writer, "full", range(1, 4))
    whole = read_metrics(path)
    path.write_bytes(path.read_bytes()[:-cut])
    kept = whole if cut == 1 else whole[:-1]
    assert read_metrics(path) == kept
    with MetricsWriter(tmp_path, tensorboard=False) as writer:
        writer.write("full", stepped(9))
    assert read_metrics(path)[:-1] == kept
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_a_killed_process_loses_nothing_it_wrote(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from vibecoder.runs.metrics import MetricsWriter\n"
        "from vibecoder.types import Stepped\n"
        "writer = MetricsWriter(Path(sys.argv[1]), tensorboard=True)\n"
        "for step in range(1, 10**9):\n"
        "    writer.write('full', Stepped(step, 1.0, 1, 1, 1.0, 1.0, 1.0, 1))\n"
        "    print(step, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if int(line) >= 20:
                process.send_signal(signal.SIGKILL)
                break
    with MetricsWriter(tmp_path, tensorboard=True) as writer:
        writer.truncate("full", 20)
        writer.write("full", stepped(21))
    assert [line["step"] for line in read_metrics(tmp_path / "metrics.jsonl")] == list(range(1, 22))
    assert [step for step, _ in scalars(tmp_path)["full/loss"]] == list(range(1, 22))


def test_tensorboard_counts_steps_over_stages_and_forgets_redone_ones(tmp_path: Path) -> None:
    with MetricsWriter(tmp_path, tensorboard=True) as writer:
        writer.write_tool_calls(SCORE)
        train(writer, "tool-use", range(1, 5), loss=3.0)
        writer.write_tool_calls({**SCORE, "when": "tool-use", "exact": 2})
        train(writer, "agentic", range(1, 4), loss=2.0)
    with MetricsWriter(tmp_path, tensorboard=True) as writer:
        writer.truncate("agentic", 2)
        train(writer, "agentic", range(3, 5), loss=1.0)
    found = scalars(tmp_path)
    assert found["tool-use/loss"] == [(step, 3.0) for step in (1, 2, 3, 4)]
    assert found["agentic/loss"] == [(5, 2.0), (6, 2.0), (7, 1.0), (8, 1.0)]
    assert found["agentic/held_out_loss"] == [(6, 2.0), (8, 1.0)]
    assert found["agentic/supervised_tokens_per_second"][0] == (5, 800.0)
    assert found["agentic/peak_memory_gib"][0] == (5, 3.0)
    assert found["tool_calls/exact_share"] == [(0, 0.25), (4, 0.5)]


def test_by_stage_keeps_the_order_of_the_run(tmp_path: Path) -> None:
    with MetricsWriter(tmp_path, tensorboard=False) as writer:
        writer.write_tool_calls(SCORE)
        train(writer, "tool-use", range(1, 3))
        train(writer, "agentic", range(1, 3))
    found = by_stage(read_metrics(tmp_path / "metrics.jsonl"), "step")
    assert {stage: [line["step"] for line in lines] for stage, lines in found.items()} == {
        "tool-use": [1, 2],
        "agentic": [1, 2],
    }
    assert list(found) == ["tool-use", "agentic"]


def test_no_file_is_no_metrics(tmp_path: Path) -> None:
    assert read_metrics(tmp_path / "metrics.jsonl") == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        OutputError,
        match=r"cannot write .*metrics\.jsonl: a part of the path is a file",
    ):
        MetricsWriter(tmp_path / "file", tensorboard=False)


def test_a_disk_that_takes_no_more_is_named(tmp_path: Path) -> None:
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from vibecoder.errors import OutputError\n"
        "from vibecoder.runs.metrics import MetricsWriter\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
        "try:\n"
        "    with MetricsWriter(Path(sys.argv[1]), tensorboard=False) as writer:\n"
        "        for _ in range(9):\n"
        "            writer.write_tool_calls({'when': 'base', 'exact': 1, 'total': 2})\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    path = tmp_path / "metrics.jsonl"
    assert done.stdout == (
        f"cannot write {path}: the file would exceed the size limit set for this process; raise it (ulimit -f)\n"
    )
    assert len(read_metrics(path)) == 2


@pytest.mark.parametrize(("successes", "total"), [(0, 10), (10, 10), (5, 10), (44, 64), (1, 1), (3, 1000)])
def test_the_ends_of_a_wilson_interval_are_where_the_test_just_rejects(successes: int, total: int) -> None:
    low, high = wilson_interval(successes, total)
    share = successes / total
    for end in (low, high):
        if 0 < end < 1:
            assert abs(share - end) == pytest.approx(1.959964 * math.sqrt(end * (1 - end) / total), rel=1e-6)
    assert (low == 0) == (successes == 0)
    assert (high == 1) == (successes == total)
    assert low <= share <= high


def test_nothing_counted_is_nothing_known() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
