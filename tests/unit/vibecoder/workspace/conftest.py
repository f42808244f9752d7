"""The sample project as a workspace, opened once a file of tests."""

from __future__ import annotations

from support.samples import opened_samples, samples

__all__ = ["opened_samples", "samples"]
