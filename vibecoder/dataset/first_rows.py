"""Generate the dataset before the first training, where there is none and the settings ask for it."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock

from vibecoder.config.schema import DataSettings, Settings
from vibecoder.dataset.generating import Quota, choose_generators, fill, orders
from vibecoder.errors import DataError
from vibecoder.plugins import Registry
from vibecoder.progress.display import Progress
from vibecoder.types import GenerateJob

__all__ = ["announcement", "are_wanted", "make"]


def are_wanted(settings: Settings) -> bool:
    """Tell whether training begins by generating `data.generate` rows: there is no dataset, and none was named."""
    data = settings.data
    return bool(data.generate) and data.path == DataSettings().path and not Path(data.path).exists()


def announcement(settings: Settings) -> tuple[str, ...]:
    """Build the notice for `--dry-run` that the dataset will be generated first, if it will be."""
    if not are_wanted(settings):
        return ()
    return (f"a run makes {settings.data.generate} rows first (data.generate); this plan is for the package's rows",)


def make(settings: Settings, registry: Registry, progress: Progress) -> None:
    """Make the rows if they are wanted and say so, or say why that is impossible.

    They are made in a hidden file that gets its name when it is complete, so that nothing trains on a part of them;
    interrupted, the next training goes on with it. Of several processes one makes them and the others wait.

    Raises:
        OutputError: the file cannot be written.
    """
    if not are_wanted(settings):
        return
    path = Path(settings.data.path)
    part = path.with_name(f".{path.name}.part")
    with FileLock(path.with_name(f".{path.name}.first.lock")):
        if not are_wanted(settings):
            return
        total = settings.data.generate
        made = 0
        try:
            wanted = orders(choose_generators(("all",), registry), total)
            progress.notice(f"no {path} here: making {total} rows first (data.generate); Ctrl-C is safe, they are kept")
            with progress.busy("making rows") as advance:

                def count(order: Quota, rows: int) -> None:
                    nonlocal made
                    made += rows
                    advance(made, total)

                for outcome in fill(part, wanted, GenerateJob(seed=settings.seed), count):
                    if outcome.missing:
                        progress.warning(
                            f"{outcome.name}: {outcome.missing} of {outcome.wanted} rows could not be made"
                        )
        except DataError as error:
            progress.warning(f"no rows can be made: {error}")
            return
        if part.exists():
            part.replace(path)
            journal = part.with_name(f".{part.name}.generated")
            if journal.exists():
                os.replace(journal, path.with_name(f".{path.name}.generated"))
