"""What a run tells while it goes: a live bar on a terminal, plain lines in a pipe, JSON lines for programs."""

from __future__ import annotations

import os
import sys

from vibecoder.progress.protocol import Progress, SilentProgress

__all__ = ["make_progress"]


def make_progress(json_output: bool, silent: bool = False) -> Progress:
    """The display that suits standard output; `silent` is for all processes of a launcher but the first."""
    from vibecoder.progress.lines import JsonProgress, PlainProgress

    if silent:
        return SilentProgress()
    if json_output:
        return JsonProgress(sys.stdout)
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb" or not unicode:
        return PlainProgress(sys.stdout)
    from vibecoder.progress.live import LiveProgress

    return LiveProgress()
