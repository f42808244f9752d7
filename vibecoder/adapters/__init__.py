"""LoRA adapters as folders: the universal adapter that PEFT and mlx-lm both load, and its initial weights."""
