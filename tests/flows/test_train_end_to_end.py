"""The command itself, in its own process: a whole run, kill -9 and resume, Ctrl-C, and every kind of bad input."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from support.processes import command, environment, vibecoder
from support.rows import reading
from support.terminal import Terminal
from vibecoder.adapters.folder import read_adapter
from vibecoder.dataset.records import identified
from vibecoder.dataset.store import Dataset

SETTINGS = (
    "evaluate.gate=false",
    "evaluate.prompts=2",
    "evaluate.max_new_tokens=12",
    "train.save_every=2",
    "train.epochs=1",
)
QUICK = tuple(word for setting in SETTINGS for word in ("--set", setting))
STAGES = ("tool-use", "agentic", "full")


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small dataset of two categories."""
    folder = tmp_path_factory.mktemp("work")
    rows = [
        identified(
            dataclasses.replace(reading(i), id="", group=f"g{i}", category="agentic" if i % 4 == 0 else "tool-use")
        )
        for i in range(48)
    ]
    Dataset(folder / "dataset.jsonl").append(rows)
    return folder


@pytest.fixture(scope="module")
def whole(workplace: Path) -> Path:
    """An uninterrupted run."""
    done = vibecoder(workplace, "train", "--name", "whole", *QUICK)
    assert done.returncode == 0, done.stderr + done.stdout
    return workplace / "runs" / "whole"


def test_a_run_leaves_an_adapter_a_report_and_its_record(whole: Path) -> None:
    run = json.loads((whole / "run.json").read_text())
    assert run["status"] == "finished"
    assert [stage["name"] for stage in run["stages"]] == list(STAGES)
    assert [score["when"] for score in run["tool_calls"]] == ["base", *STAGES]
    assert all(stage["held_out_loss"]["after"] < stage["held_out_loss"]["before"] for stage in run["stages"][:1])
    assert {"settings", "versions", "data", "model", "created", "finished"} <= run.keys()
    assert (
        read_adapter(whole / "adapter").weights.keys() == read_adapter(whole / "stages/3-full/adapter").weights.keys()
    )
    metrics = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
    steps = [line["step"] for line in metrics if line["type"] == "step" and line["stage"] == "full"]
    assert steps == list(range(1, run["stages"][2]["steps"] + 1))
    assert "# " in (whole / "report.md").read_text()
    assert len(list(whole.glob("plots/*.svg"))) == 2
    assert list(whole.rglob("events.out.tfevents.*"))


def test_killed_three_times_it_ends_with_the_same_adapter(workplace: Path, whole: Path) -> None:
    expected = read_adapter(whole / "adapter").weights
    folder = workplace / "runs" / "killed"
    draw = random.Random(5)
    arguments = ["train", "--name", "killed", *QUICK]
    for _ in range(3):
        process = subprocess.Popen(
            command(*arguments),
            cwd=workplace,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wanted = _progress(folder) + draw.randint(1, 3)
        while process.poll() is None and _progress(folder) < wanted:
            time.sleep(0.02)
        time.sleep(draw.random() * 0.3)
        process.kill()
        process.wait()
        arguments = ["train", "--resume", str(folder)]
    done = vibecoder(workplace, *arguments)
    assert done.returncode == 0, done.stderr
    found = read_adapter(folder / "adapter").weights
    for layer, pair in expected.items():
        np.testing.assert_allclose(found[layer][0], pair[0], atol=1e-6, rtol=0)
        np.testing.assert_allclose(found[layer][1], pair[1], atol=1e-6, rtol=0)
    whole_losses, losses = (_losses(run) for run in (whole, folder))
    assert losses == pytest.approx(whole_losses, abs=1e-6)
    assert _tokens(folder) == _tokens(whole)


def _progress(folder: Path) -> int:
    """Optimizer steps that metrics.jsonl tells of."""
    metrics = folder / "metrics.jsonl"
    return metrics.read_text().count('"type": "step"') if metrics.exists() else 0


def _tokens(folder: Path) -> list[int]:
    """Supervised tokens of each stage, as the run's record has them."""
    return [stage["supervised_tokens"] for stage in json.loads((folder / "run.json").read_text())["stages"]]


def _losses(folder: Path) -> list[float]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if line["type"] == "step"]


def test_ctrl_c_saves_and_says_how_to_go_on(workplace: Path) -> None:
    folder = workplace / "runs" / "stopped"
    process = subprocess.Popen(
        command("train", "--name", "stopped", "--stage", "full", *QUICK),
        cwd=workplace, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    while _progress(folder) < 1:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    output = process.communicate()[0]
    assert process.returncode == 130, output
    assert "vibecoder train --resume runs/stopped" in output
    assert json.loads((folder / "run.json").read_text())["status"] == "stopped"
    done = vibecoder(workplace, "train", "--resume")
    assert done.returncode == 0, done.stderr
    assert json.loads((folder / "run.json").read_text())["status"] == "finished"


def test_a_dry_run_writes_nothing(workplace: Path) -> None:
    done = vibecoder(workplace, "train", "--name", "dry", "--dry-run", "--json")
    plan = json.loads(done.stdout)
    assert [stage["name"] for stage in plan["plan"]] == list(STAGES)
    assert not (workplace / "runs" / "dry").exists()


def _write(text: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / "bad.jsonl").write_text(text)

    return make


def _foreign_adapter(folder: Path) -> None:
    from vibecoder.adapters.folder import write_adapter
    from vibecoder.types import LoraSpec

    (folder / "foreign").mkdir()
    pair = (np.ones((16, 64), np.float32), np.ones((64, 16), np.float32))
    lora = LoraSpec(16, 32.0, 0.0, ("q_proj",))
    write_adapter(folder / "foreign", {"model.layers.0.self_attn.q_proj": pair}, lora, "someone/else")


ALPACA = '{"instruction": "Add.", "input": "", "output": "Done."}\n'
BAD_INPUT = {
    "missing model": (None, ["--model", "/no/such/model"], "no model at /no/such/model"),
    "model not on this machine": (None, ["--model", "some/model"], "some/model"),
    "unknown stage": (None, ["--stage", "tool-us"], "did you mean tool-use?"),
    "unknown setting": (None, ["--set", "lora.dropuot=0"], "did you mean lora.dropout?"),
    "unknown backend": (None, ["--backend", "mxl"], "did you mean mlx?"),
    "missing dataset": (None, ["--data", "absent.jsonl"], "absent.jsonl"),
    "malformed dataset": (_write("{not json\n[1]\n"), ["--data", "bad.jsonl"], "bad.jsonl"),
    "empty dataset": (_write(""), ["--data", "bad.jsonl"], "empty"),
    "another format": (_write(ALPACA), ["--data", "bad.jsonl"], "Alpaca"),
    "only over-length rows": (None, ["--set", "data.max_length=20", "--set", "evaluate.prompts=0"], "data.max_length"),
    "read-only output": (None, ["--output", "/sys/vibecoder"], "/sys/vibecoder"),
    "adapter of another base": (_foreign_adapter, ["--adapter", "foreign"], "another base model"),
    "no adapter": (None, ["--adapter", "nowhere"], "nowhere is not an adapter"),
    "nothing to resume": (None, ["--resume", "nowhere"], "nowhere is no run"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_clear_line_and_status_2(
    case: str, workplace: Path, tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    prepare, arguments, expected = BAD_INPUT[case]
    (tmp_path / "dataset.jsonl").write_bytes((workplace / "dataset.jsonl").read_bytes())
    if prepare:
        prepare(tmp_path)
    _is_refused(terminal("train", *arguments, status=2).err, expected)
    assert (tmp_path / "dataset.jsonl").read_bytes() == (workplace / "dataset.jsonl").read_bytes()


def _is_refused(said: str, expected: str) -> None:
    lines = [line for line in said.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    assert expected in lines[0]
    assert "Traceback" not in said


def _full_disk(folder: Path) -> None:
    """A disk of 1 MB where this user may mount one, else files of at most 300 kB."""
    (folder / "runs").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder / "runs")], capture_output=True)


def _small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))


def test_a_full_disk_is_one_clear_line_and_status_2(workplace: Path, tmp_path: Path) -> None:
    shutil.copy(workplace / "dataset.jsonl", tmp_path)
    _full_disk(tmp_path)
    disk = tmp_path / "runs"
    mounted = os.path.ismount(disk)
    try:
        done = vibecoder(tmp_path, "train", "--stage", "full", *QUICK, before=None if mounted else _small_files)
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)
    assert done.returncode == 2, done.stderr
    _is_refused(done.stderr, "cannot write")


def test_bad_lines_are_reported_and_the_rest_is_used(workplace: Path, tmp_path: Path) -> None:
    good = (workplace / "dataset.jsonl").read_text()
    (tmp_path / "dataset.jsonl").write_text('{"broken\n' + good)
    done = vibecoder(tmp_path, "train", "--stage", "agentic", "--set", "train.max_steps=1", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "dataset.jsonl:1:" in done.stdout + done.stderr
    assert (tmp_path / "dataset.quarantine.jsonl").exists()
