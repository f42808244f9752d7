"""backends/vibecoder_mlx/__init__.py: the descriptor lists what the backend's tables have."""

from __future__ import annotations

import subprocess
import sys

from vibecoder import plugins
from vibecoder_mlx.model.load import _BITS, _DTYPES
from vibecoder_mlx.objectives import OBJECTIVES
from vibecoder_mlx.optimizers import OPTIMIZERS


def test_it_lists_its_tables() -> None:
    spec = plugins.load().backend("mlx")
    assert spec.objectives == tuple(OBJECTIVES)
    assert spec.optimizers == tuple(OPTIMIZERS)
    assert spec.quantizations == ("none", *_BITS)
    assert spec.precisions == ("auto", *_DTYPES)


def test_asking_imports_nothing_heavy() -> None:
    code = """
import sys, vibecoder_mlx
spec = vibecoder_mlx.vibecoder_backends()[0]
spec.unusable(), spec.rank_and_world()
print(sorted({"mlx", "mlx_lm", "transformers"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
