"""The CUDA backend at the door: cheap to ask, and honest about what the hardware can do."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from vibecoder import plugins
from vibecoder.errors import ConfigError


def test_it_is_usable_here_and_lists_its_tables():
    from vibecoder_cuda.model.load import _DTYPES
    from vibecoder_cuda.objectives import OBJECTIVES
    from vibecoder_cuda.optimizers import OPTIMIZERS

    spec = plugins.load().backend("cuda")
    assert spec.unusable() is None
    assert spec.objectives == tuple(OBJECTIVES)
    assert spec.optimizers == tuple(OPTIMIZERS)
    assert spec.precisions == ("auto", *_DTYPES)


def test_asking_imports_nothing_heavy():
    code = """
import sys, vibecoder_cuda
spec = vibecoder_cuda.vibecoder_backends()[0]
spec.unusable(), spec.rank_and_world()
print(sorted({"torch", "transformers", "trl", "peft", "bitsandbytes", "datasets"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_launcher_numbers_the_processes(monkeypatch):
    rank_and_world = plugins.load().backend("cuda").rank_and_world
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert rank_and_world() == (0, 1)
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert rank_and_world() == (3, 4)


def test_turing_gets_float16_and_never_bfloat16():
    from vibecoder_cuda.model.load import arithmetic

    turing, ampere = (7, 5), (8, 0)
    assert arithmetic("auto", turing) == torch.float16
    assert arithmetic("auto", ampere) == torch.bfloat16
    assert arithmetic("auto", None) == torch.float32
    assert arithmetic("float16", ampere) == torch.float16
    assert arithmetic("float32", turing) == torch.float32
    with pytest.raises(ConfigError, match=r"7\.5"):
        arithmetic("bfloat16", turing)
    with pytest.raises(ConfigError, match="needs a GPU"):
        arithmetic("float16", None)
