"""Write a tuned model in the forms that others read: merged safetensors, GGUF files, MLX folders."""
