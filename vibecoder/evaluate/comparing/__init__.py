"""Two models' results compared, prompt by prompt, with intervals."""
