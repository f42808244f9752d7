"""The truth test: an exported file held against the trainer's model, in ids, texts, numbers and served tool calls."""
