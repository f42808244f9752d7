"""What commands print with: a console that takes text as it is, tables in one look, a progress bar for terminals."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["Advance", "open_console", "progress_bar", "table_of"]


class Advance(Protocol):
    """Move a bar on by `by` things and say what is going on."""

    def __call__(self, by: int = 1, description: str | None = None) -> None: ...


def open_console(*, soft_wrap: bool = False, no_color: bool | None = None) -> Console:
    """Open standard output as a console on which brackets of a text are no markup and nothing is highlighted."""
    from rich.console import Console

    return Console(highlight=False, markup=False, soft_wrap=soft_wrap, no_color=no_color)


def table_of(*titles: str, right: Collection[str] = ()) -> Table:
    """Make an empty table without lines; the columns named in `right` are aligned there."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(Text(title), justify="right" if title in right else "left", overflow="fold")
    return table


@contextmanager
def progress_bar(total: int | None, description: str = "") -> Iterator[Advance]:
    """Show a bar over `total` things on a terminal, nothing in a pipe; it is gone afterwards."""
    from rich.console import Console

    console = Console(file=sys.stderr, markup=False)
    if not console.is_terminal:
        yield lambda by=1, description=None: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(description, total=total)

        def advance(by: int = 1, description: str | None = None) -> None:
            progress.update(task, advance=by, description=description)

        yield advance
