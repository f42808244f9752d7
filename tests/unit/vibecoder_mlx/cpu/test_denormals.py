"""MLX's worker flushes denormals, in threads' own setting: Python, numpy and torch keep theirs."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() != "x86_64", reason="only x86 is slow with denormals"
)
TINY = "mx = __import__('mlx.core').core; print(float((mx.array(1e-20) * mx.array(1e-20)).item()))"


def printed(code: str) -> float:
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def test_the_backend_flushes_what_mlx_left_alone_computes() -> None:
    assert 0 < printed(TINY) < 1.1e-40
    assert printed(f"import vibecoder_mlx.backend; {TINY}") == 0


def test_every_later_stream_that_a_run_uses_is_the_same() -> None:
    product = "(mx.array([1e-20] * 4096) * mx.array([1e-20] * 4096)).sum().item()"
    assert printed(f"import vibecoder_mlx.backend; import mlx.core as mx; print({product})") == 0


def test_other_arithmetic_is_as_before() -> None:
    assert printed("import vibecoder_mlx.backend; print(5e-324 * float('1'))") == 5e-324
    assert printed("import vibecoder_mlx.backend; import numpy as np; print(np.float32(1e-20) ** 2)") > 0
