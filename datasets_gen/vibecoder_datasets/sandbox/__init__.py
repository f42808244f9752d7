"""Where a row happens: a copy of real code, and programs run in it under limits."""

from pathlib import Path

__all__ = ["GUARD"]

GUARD = Path(__file__).parent / "guard"
"""On the `PYTHONPATH` of Python programs it refuses them sockets."""
