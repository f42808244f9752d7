"""Make MLX's Linux CPU build take numbers below the smallest normal one, 1.2e-38 in float32, for zero.

The softmax of a model that is sure of its next token is full of them, and so is every gradient behind it. An x86
processor computes with each of them in microcode, some hundred times slower than with others, unless told not to. That
setting is each thread's own and is inherited by the threads that it starts, so it holds while MLX starts its worker.
"""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["flush_denormals"]

_ENVIRONMENT_WORDS = 8
_MXCSR = 7
"""The last of the 32-bit words of glibc's `fenv_t` on x86-64 is the control register of SSE and AVX."""
_FLUSH_TO_ZERO, _DENORMALS_ARE_ZERO = 1 << 15, 1 << 6


def flush_denormals() -> bool:
    """Start MLX's worker thread so that it flushes denormals; False where it neither can nor needs to.

    Without effect where MLX has computed something before.
    """
    if platform.system() != "Linux" or platform.machine() != "x86_64" or platform.libc_ver()[0] != "glibc":
        return False
    with _flushing():
        import mlx.core as mx

        mx.eval(mx.zeros(1, stream=mx.cpu) + 1)
    return True


@contextmanager
def _flushing() -> Iterator[None]:
    """Set this thread to flush, and back: Python's own numbers below 2.2e-308 are what they always were."""
    libm = ctypes.CDLL("libm.so.6")
    usual, changed = (ctypes.c_uint32 * _ENVIRONMENT_WORDS)(), (ctypes.c_uint32 * _ENVIRONMENT_WORDS)()
    libm.fegetenv(usual)
    libm.fegetenv(changed)
    changed[_MXCSR] |= _FLUSH_TO_ZERO | _DENORMALS_ARE_ZERO
    libm.fesetenv(changed)
    try:
        yield
    finally:
        libm.fesetenv(usual)
