"""A tokenizer's files, the tokens added to them, and text that must not become special tokens."""
