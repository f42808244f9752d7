"""Give MLX's Linux CPU build a fast matrix multiplication and cheap memory. Import this before `mlx.core`.

The wheel bundles the reference BLAS (5 to 8 GFLOP/s in float32). A real one loaded first with global symbols takes its
place: MKL from its PyPI package, else the system's OpenBLAS. And glibc, left alone, maps every large array anew, so
that the kernel clears its pages each time; told to keep freed memory, it hands the same pages out again.
"""

from __future__ import annotations

import ctypes
import platform
import sys
import warnings
from functools import cache
from pathlib import Path

__all__ = ["keep_freed_memory", "load_blas"]

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h


@cache
def load_blas() -> str | None:
    """Load the first BLAS found and return its name; None where none is needed (macOS) or none is there.

    Warns:
        RuntimeWarning: MLX was imported before, and keeps the reference BLAS.
    """
    if platform.system() != "Linux":
        return None
    if "mlx.core" in sys.modules:
        late = (
            "mlx.core was imported before vibecoder_mlx.backend: its matrix products are ten times slower; swap the two"
        )
        warnings.warn(late, RuntimeWarning, stacklevel=2)
    candidates = sorted(Path(sys.prefix, "lib").glob("libmkl_rt.so*"))
    for name in [*map(str, candidates), "libmkl_rt.so.2", "libopenblas.so.0"]:
        try:
            library = ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        if hasattr(library, "cblas_sgemm"):
            return Path(name).name
    return None


def keep_freed_memory() -> bool:
    """Make glibc's malloc neither map nor give back large blocks; False where this is not glibc."""
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(_M_MMAP_MAX, 0) and libc.mallopt(_M_TRIM_THRESHOLD, -1))
