"""An adapter published on Hugging Face: which files, the model card, the upload."""
