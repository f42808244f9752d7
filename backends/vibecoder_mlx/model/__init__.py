"""The base model: open it, attach LoRA layers to it and detach them."""
