"""What the commands of `vibecoder export` share: their options, the display, and the end of an export."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vibecoder.cli.completion import backend_names
from vibecoder.cli.options import PATH, json_option

if TYPE_CHECKING:
    from vibecoder.export.request import ExportRequest
    from vibecoder.export.run import ExportResult
    from vibecoder.progress.display import Progress

__all__ = ["carry_out", "export_options"]

_F = TypeVar("_F", bound=Callable[..., Any])
_OPTIONS = (
    click.option("--model", metavar="M", help="Id, folder or nano.  [default: the adapter's base]"),
    click.option("--adapter", metavar="DIR", type=PATH, help="The adapter to merge into the model."),
    click.option(
        "--backend",
        metavar="B",
        shell_complete=backend_names,
        help="Whose model the result is held against: mlx, cuda, a plugin's, or auto.",
    ),
    click.option("--data", metavar="FILE", help="The rows to test with.  [default: those of the adapter's run]"),
    click.option("--verify/--no-verify", default=True, help="Hold the result against the trainer's model.  [default]"),
    json_option,
)


def export_options(command: _F) -> _F:
    """Give a command the options that every form has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def carry_out(
    ctx: click.Context,
    export: Callable[[ExportRequest, Progress], ExportResult],
    request: ExportRequest,
    json_output: bool,
) -> None:
    """Run an export and print what it wrote; exit with 1 where something failed the truth test."""
    from vibecoder.progress.display import make_progress, silent_progress

    progress = silent_progress() if json_output else make_progress(False)
    try:
        result = export(request, progress)
    finally:
        progress.close()
    if json_output:
        click.echo(json.dumps(result.as_dict(), indent=2))
    else:
        for each in result.files:
            verdict = "not tested" if each.truth is None else "passed" if each.passed else "FAILED, not to be used"
            click.echo(f"{each.path}: {verdict}")
    ctx.exit(0 if result.passed else 1)
