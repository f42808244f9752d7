"""Fixtures for the CUDA backend's tests."""

from support.cuda_jobs import make_job, nano_folder, opened, recorder

__all__ = ["make_job", "nano_folder", "opened", "recorder"]
