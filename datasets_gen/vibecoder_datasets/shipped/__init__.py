"""The rows that ship with the package, compressed: the whole curriculum, and the starter rows for a small model."""
