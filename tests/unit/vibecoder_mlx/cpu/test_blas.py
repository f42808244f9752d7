"""backends/vibecoder_mlx/cpu/blas.py: MLX gets a real BLAS, and whoever imports MLX too early is told."""

from __future__ import annotations

import subprocess
import sys

import pytest


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has Accelerate")
def test_mlx_imported_first_is_said_to_be_slow() -> None:
    assert "ten times slower" in python("import mlx.core; import vibecoder_mlx.backend").stderr
    assert not python("import vibecoder_mlx.backend; import mlx.core").stderr


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has Accelerate")
def test_a_blas_is_found_here() -> None:
    assert python("from vibecoder_mlx.cpu.blas import load_blas; print(load_blas())").stdout.strip() != "None"
