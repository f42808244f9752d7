"""The kit that backends train with: order, prefix groups, packing, learning rates, checkpoints."""
