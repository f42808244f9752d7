"""Local GGUF files as base models: read, dequantized once, and written as a folder that every library opens."""
