"""What tests share: rows, jobs, recorders, real servers on loopback, git histories, session logs."""

from pathlib import Path

__all__ = ["ROOT"]

ROOT = Path(__file__).parents[2]
"""The repository."""
