"""Silence the libraries' own output, which `--debug` lets through."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import datasets
import transformers

__all__ = ["quiet"]

_LIBRARIES = ("accelerate", "bitsandbytes", "datasets", "peft", "torch.distributed", "transformers", "trl")


@contextmanager
def quiet() -> Iterator[None]:
    """Let libraries log errors only, warn of nothing and draw no progress bars inside the `with` block."""
    if logging.getLogger("vibecoder").isEnabledFor(logging.DEBUG):
        yield
        return
    loggers = [logging.getLogger(name) for name in _LIBRARIES]
    levels = [logger.level for logger in loggers]
    bars = transformers.utils.logging.is_progress_bar_enabled(), datasets.is_progress_bar_enabled()
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if bars[0]:
            transformers.utils.logging.enable_progress_bar()
        if bars[1]:
            datasets.enable_progress_bars()
