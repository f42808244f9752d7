"""What MLX's build for x86 lacks: a fast matrix product, memory that is kept, vectorised functions."""
