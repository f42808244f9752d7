"""llama.cpp as a library, out of xllamacpp's wheel: its quantizer, its tokenizer and its numbers, nothing compiled."""
