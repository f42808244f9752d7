"""The dataset on disk: read, check, append, split, generate and import rows."""
