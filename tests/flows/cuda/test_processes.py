"""Two processes on loopback train what one process trains."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from support import ROOT
from support.jobs import Recorder
from vibecoder.adapters.folder import read_adapter

SCRIPT = ROOT / "tests" / "support" / "train_as_one_of_many.py"


def test_two_processes_equal_one(opened, make_job, nano_folder, tmp_path):
    job = make_job(tmp_path / "alone", evaluate_every=2)
    backend, alone = opened(), Recorder()
    result = backend.train(job, alone)

    (tmp_path / "job.pickle").write_bytes(pickle.dumps(job))
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    done = subprocess.run(
        [*launch, str(SCRIPT), "cuda", str(nano_folder), str(tmp_path / "job.pickle"), str(tmp_path)],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    ranks = [json.loads((tmp_path / f"report-{rank}.json").read_text()) for rank in (0, 1)]
    assert ranks[0] == ranks[1]
    assert ranks[0]["world"] == 2
    losses, norms, tokens, total = zip(*ranks[0]["steps"], strict=True)
    assert losses == pytest.approx(alone.losses, abs=1e-5)
    assert norms == pytest.approx([step.grad_norm for step in alone.steps], rel=1e-4)
    assert list(tokens) == [step.tokens for step in alone.steps]
    assert list(total) == [step.total_tokens for step in alone.steps]
    assert ranks[0]["held_out"] == pytest.approx(result.best_loss, abs=1e-5)
    assert ranks[0]["replies"] == backend.generate([[1, 2, 3], [5, 12, 19, 26], [4, 5]], result.adapter, 6, [4087])
    assert ranks[0]["stopped"] == ["rank 1 was asked to", 2]

    one = read_adapter(result.adapter).weights
    both = [read_adapter(tmp_path / f"rank-{rank}" / "adapter").weights for rank in (0, 1)]
    for layer, pair in one.items():
        for i in (0, 1):
            assert np.array_equal(both[0][layer][i], both[1][layer][i])
            assert np.abs(both[0][layer][i] - pair[i]).max() < 1e-4
