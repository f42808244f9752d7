"""Choose the display that suits standard output, and send it what a run reports."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from vibecoder.progress.events import Advanced, Began, Display, Ended, Notice, Shown, Warned

__all__ = ["Advance", "Progress", "SilentDisplay", "make_progress", "silent_progress"]

Advance: TypeAlias = Callable[[int, int], None]
"""Called as `advance(done, total)`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Reports what happens in a run to one display."""

    display: Display

    def show(self, event: Shown) -> None:
        self.display.show(event)

    def notice(self, text: str) -> None:
        self.show(Notice(text))

    def warning(self, text: str) -> None:
        self.show(Warned(text))

    @contextmanager
    def busy(self, label: str) -> Iterator[Advance]:
        """Show that the block takes time; it may call what it is given with (done, total)."""
        self.show(Began(label))
        try:
            yield lambda done, total: self.show(Advanced(label, done, total))
        except BaseException:
            self.show(Ended(label, failed=True))
            raise
        self.show(Ended(label))

    def close(self) -> None:
        self.display.close()


class SilentDisplay:
    """Shows nothing."""

    def show(self, event: Shown) -> None:
        pass

    def close(self) -> None:
        pass


def silent_progress() -> Progress:
    """Return progress that nobody sees."""
    return Progress(SilentDisplay())


def make_progress(json_output: bool, silent: bool = False) -> Progress:
    """Choose the display that suits standard output; `silent` is for all processes of a launcher but the first."""
    from vibecoder.progress.lines import JsonDisplay, PlainDisplay

    if silent:
        return silent_progress()
    if json_output:
        return Progress(JsonDisplay(sys.stdout))
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb" or not unicode:
        return Progress(PlainDisplay(sys.stdout))
    from vibecoder.progress.live import LiveDisplay

    return Progress(LiveDisplay())
