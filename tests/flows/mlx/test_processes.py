"""Two ring processes on loopback, started by mlx.launch, train what one process trains."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from support import ROOT
from support.jobs import Recorder
from support.small_nano import small_nano
from vibecoder import plugins
from vibecoder.adapters.folder import read_adapter
from vibecoder.types import ModelSpec, Stepped, TrainJob

SCRIPT = ROOT / "tests" / "support" / "train_as_one_of_many.py"


def test_two_processes_equal_one(make_job: Callable[..., TrainJob], tmp_path: Path) -> None:
    job = make_job(tmp_path / "alone", evaluate_every=2)
    backend, alone = plugins.load().backend("mlx").open(ModelSpec(str(small_nano()))), Recorder()
    result = backend.train(job, alone)
    steps = [event for event in alone.events if isinstance(event, Stepped)]

    (tmp_path / "job.pickle").write_bytes(pickle.dumps(job))
    launcher = Path(sys.executable).with_name("mlx.launch")
    launch = [sys.executable, str(launcher), "-n", "2", "--backend", "ring", "--", sys.executable, str(SCRIPT)]
    done = subprocess.run(
        [*launch, "mlx", str(small_nano()), str(tmp_path / "job.pickle"), str(tmp_path)], capture_output=True, text=True
    )
    reports = [tmp_path / f"report-{rank}.json" for rank in (0, 1)]
    assert all(report.exists() for report in reports), done.stderr + done.stdout
    ranks = [json.loads(report.read_text()) for report in reports]
    assert ranks[0] == {**ranks[1], "stopped": ranks[0]["stopped"]}
    assert ranks[0]["world"] == 2
    losses, norms, tokens, total = zip(*ranks[0]["steps"], strict=True)
    assert losses == pytest.approx([step.loss for step in steps], abs=1e-5)
    assert norms == pytest.approx([step.grad_norm for step in steps], rel=1e-4)
    assert list(tokens) == [step.tokens for step in steps]
    assert list(total) == [step.total_tokens for step in steps]
    assert ranks[0]["held_out"] == pytest.approx(result.best_loss, abs=1e-5)
    assert [rank["stopped"] for rank in ranks] == [["another process was stopped", 2], ["rank 1 was asked to", 2]]

    one = read_adapter(result.adapter).weights
    for rank in (0, 1):
        other = read_adapter(tmp_path / f"rank-{rank}" / "adapter").weights
        for layer, pair in one.items():
            np.testing.assert_allclose(other[layer][0], pair[0], atol=1e-4)
            np.testing.assert_allclose(other[layer][1], pair[1], atol=1e-4)
