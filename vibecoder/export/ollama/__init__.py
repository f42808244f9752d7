"""Write, check and upload what Ollama makes a model of: a GGUF file and a Modelfile."""
