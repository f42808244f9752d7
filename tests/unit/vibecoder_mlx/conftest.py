"""Loads MLX by the backend's door, which puts a fast BLAS before it; imported first, it keeps its reference BLAS."""

from __future__ import annotations

import vibecoder_mlx.backend  # noqa: F401
