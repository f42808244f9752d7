"""What a run tells while it goes, as a protocol, and the display that shows nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeAlias

from vibecoder.types import Event

__all__ = ["Advance", "Progress", "SilentProgress"]

Advance: TypeAlias = Callable[[int, int], None]
"""Called as `advance(done, total)`."""


class Progress(Protocol):
    """The display of a run. Every method may be called at any time; after `close` notices still come through."""

    def notice(self, text: str) -> None: ...

    def warning(self, text: str) -> None: ...

    def stage_started(
        self,
        name: str,
        index: int,
        count: int,
        steps: int,
        rows: int,
        supervised_share: float,
        tokens_per_step: Sequence[int] | None = None,
    ) -> None:
        """Stage `index` of `count` begins; `tokens_per_step` [steps] makes the time left honest."""

    def resumed(self, step: int) -> None:
        """The stage goes on after `step`."""

    def event(self, event: Event) -> None: ...

    def probed(self, step: int, exact: int, total: int) -> None:
        """At the save after `step`, `exact` of `total` held-out tool calls were right."""

    def busy(self, label: str) -> AbstractContextManager[Advance]:
        """Show that something takes time; the block may call what it is given with (done, total)."""

    def stage_finished(self, entry: Mapping[str, Any]) -> None:
        """The stage is done; `entry` is its part of `run.json`."""

    def close(self) -> None:
        """Give the terminal back."""


class SilentProgress:
    """Shows nothing."""

    def notice(self, text: str) -> None:
        pass

    def warning(self, text: str) -> None:
        pass

    def stage_started(
        self,
        name: str,
        index: int,
        count: int,
        steps: int,
        rows: int,
        supervised_share: float,
        tokens_per_step: Sequence[int] | None = None,
    ) -> None:
        pass

    def resumed(self, step: int) -> None:
        pass

    def event(self, event: Event) -> None:
        pass

    def probed(self, step: int, exact: int, total: int) -> None:
        pass

    @contextmanager
    def busy(self, label: str) -> Iterator[Advance]:
        yield lambda done, total: None

    def stage_finished(self, entry: Mapping[str, Any]) -> None:
        pass

    def close(self) -> None:
        pass
