"""The objectives that this backend trains."""
