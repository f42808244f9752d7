"""A workspace of files and the tools that read, change and run them, confined: for rows, evaluation and servers."""

from pathlib import Path

__all__ = ["GUARD"]

GUARD = Path(__file__).parent / "guard"
"""On the `PYTHONPATH` of Python programs it refuses them sockets."""
