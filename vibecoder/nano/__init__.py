"""The embedded base model: a Qwen2-architecture model of a few million parameters, small enough to ship."""
