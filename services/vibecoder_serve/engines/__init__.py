"""What generates: llama.cpp in this process, or a training backend."""
