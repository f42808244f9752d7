"""Write GGUF files, those of a whole model and those of an adapter alone."""
