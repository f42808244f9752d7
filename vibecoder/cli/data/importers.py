"""`vibecoder data from-X`: one command per registered importer, made from its descriptor."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vibecoder.cli.options import JSON_HELP, PATH
from vibecoder.cli.output import progress_bar
from vibecoder.system.units import counted

if TYPE_CHECKING:
    from vibecoder.dataset.importing import ImportResult
    from vibecoder.plugins import Registry
    from vibecoder.types import ImporterSpec, ImportJob, ImportOption

__all__ = ["ImporterGroup", "command"]

_SHOWN = 12
_SEED = click.Option(
    ["--seed"], type=click.IntRange(0), default=0, show_default=True, metavar="S", help="Another chooses others."
)
_TYPES: dict[str, Any] = {"int": int, "float": float, "text": str, "path": PATH}


class ImporterGroup(click.Group):
    """A group with a command `from-NAME` for every importer; plugins load only when one is asked for or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *(f"from-{name}" for name in _registry().importers)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found or not cmd_name.startswith("from-"):
            return found
        spec = _registry().importers.get(cmd_name.removeprefix("from-"))
        return command(spec) if spec else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from vibecoder.errors import suggestion

            ctx.fail(f"unknown command {args[0]}{suggestion(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


def command(spec: ImporterSpec) -> click.Command:
    """Make the command `from-NAME` of an importer from its descriptor."""
    name = {"repo": "REPO", "folder": "DIR", "file": "FILE"}[spec.source]
    parameters: list[click.Parameter] = [
        click.Argument(["origin"], metavar=name, type=PATH),
        click.Option(
            ["--into"], type=PATH, default=Path("dataset.jsonl"), show_default=True, metavar="FILE",
            help="The dataset to append to.",
        ),
        click.Option(["--count"], type=click.IntRange(1), metavar="N", help="At most so many rows  [all there are]"),
        *([_SEED] if spec.seeded else []),
        *(_option(option) for option in spec.options),
        click.Option(["--dry-run"], is_flag=True, help="Count what would come; write nothing."),
        click.Option(["--json", "json_output"], is_flag=True, help=JSON_HELP),
    ]  # fmt: skip
    help_text = (
        f"{spec.summary[0].upper()}{spec.summary[1:]}.\n\nRows that FILE lacks are appended to it. Secrets "
        + "and e-mail addresses "
        + ("cost a row its place" if spec.exact else "are masked")
        + "; they are counted, and never shown."
    )
    return click.Command(
        f"from-{spec.name}", params=parameters, callback=_callback(spec), help=help_text, epilog=spec.epilog or None,
        short_help=f"Import {spec.summary}.",
    )  # fmt: skip


def _callback(spec: ImporterSpec) -> Callable[..., None]:
    def run(
        origin: Path, into: Path, count: int | None, dry_run: bool, json_output: bool, seed: int = 0, **own: Any
    ) -> None:
        from vibecoder.dataset.importing import run_import
        from vibecoder.types import ImportJob

        job = ImportJob(origin, count, seed, own)
        try:
            with _bar(spec, job) as advance:
                result = run_import(spec, job, None if dry_run else into, advance)
        except KeyboardInterrupt:
            click.echo(f"stopped; what is finished is in {into}, and the same command goes on from there", err=True)
            raise
        if json_output:
            click.echo(json.dumps({"into": None if dry_run else str(into), **result.to_json()}, indent=2))
        else:
            _tell(spec, result, into, dry_run)

    return run


def _tell(spec: ImporterSpec, result: ImportResult, into: Path, dry_run: bool) -> None:
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    if result.dropped:
        click.echo(f"left out, of {result.units} {spec.unit}s:", err=True)
        for reason, n in result.dropped.most_common(_SHOWN):
            click.echo(f"  {n:>6}  {reason}", err=True)
        if len(result.dropped) > _SHOWN:
            click.echo(f"  ... and {len(result.dropped) - _SHOWN} more reasons", err=True)
    for what, n in result.masked.most_common():
        click.echo(f"masked: {n} {what}", err=True)
    for (category, verification), n in sorted(result.by.items()):
        click.echo(f"{category}: {counted(n, 'row')}, {verification}")
    pace = f", {result.units / result.seconds:,.0f} {spec.unit}s/s" if result.seconds > 0.5 else ""
    there = f", {result.kept - result.added} were there already" if result.kept > result.added else ""
    kept, added = counted(result.kept, "row"), counted(result.added, "row")
    done = f"{kept} found, none written" if dry_run else f"{added} added{there}"
    click.echo(f"{into}: {done} in {result.seconds:.1f} s{pace}")


def _option(option: ImportOption) -> click.Option:
    flag = f"--{option.name.replace('_', '-')}"
    if option.type == "flag":
        return click.Option([flag, option.name], is_flag=True, default=bool(option.default), help=option.help)
    kind: Any = click.Choice(option.type) if isinstance(option.type, tuple) else _TYPES[option.type]
    if option.minimum is not None:
        kind = click.IntRange(int(option.minimum)) if option.type == "int" else click.FloatRange(option.minimum)
    return click.Option(
        [flag, option.name], type=kind, default=option.default, show_default=option.default is not None,
        metavar=option.metavar, help=option.help,
    )  # fmt: skip


@contextmanager
def _bar(spec: ImporterSpec, job: ImportJob) -> Iterator[Callable[[ImportResult], None]]:
    """Show a progress bar over the units on a terminal, nothing in a pipe; yield the function that advances it."""
    counts = sys.stderr.isatty() and spec.units and job.source.exists()
    done = 0
    with progress_bar(spec.units(job) if counts and spec.units else None, f"{spec.unit}s") as advance:

        def moved(so_far: ImportResult) -> None:
            nonlocal done
            advance(so_far.units - done, f"{so_far.kept} rows of {spec.unit}s")
            done = so_far.units

        yield moved


def _registry() -> Registry:
    from vibecoder import plugins

    return plugins.load()
