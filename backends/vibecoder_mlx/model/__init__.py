"""The base model: opening it, and putting LoRA layers into it and out again."""
