"""Add to MLX's build for x86 what it lacks: a fast BLAS, kept memory, vectorised functions."""
