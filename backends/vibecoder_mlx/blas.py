"""Give MLX's Linux CPU build a fast matrix multiplication. Import this before `mlx.core`.

The wheel bundles the reference BLAS (5 to 8 GFLOP/s in float32). A real one loaded first with global symbols takes its
place: MKL from its PyPI package, else the system's OpenBLAS.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from pathlib import Path

__all__ = ["load_blas"]


def load_blas() -> str | None:
    """Load the first BLAS found and return its name; None where none is needed (macOS) or none is there."""
    if platform.system() != "Linux":
        return None
    candidates = sorted(Path(sys.prefix, "lib").glob("libmkl_rt.so*"))
    for name in [*map(str, candidates), "libmkl_rt.so.2", "libopenblas.so.0"]:
        try:
            library = ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        if hasattr(library, "cblas_sgemm"):
            return Path(name).name
    return None
