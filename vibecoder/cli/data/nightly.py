"""`vibecoder data archive` and `should-train`: what a nightly job runs before it trains"""

from __future__ import annotations

import json
from pathlib import Path

import click

from vibecoder.cli.options import PATH, json_option

__all__ = ["archive", "should_train"]

_NOT_YET = 3


@click.command(
    short_help="Keep copies of session logs, which expire.",
    epilog="Example, nightly: `vibecoder data archive && vibecoder data from-claude ~/.claude-archive`",
)
@click.argument("source", metavar="[DIR]", type=PATH, default=Path("~/.claude/projects"))
@click.option("--into", type=PATH, default=Path("~/.claude-archive"), show_default=True, metavar="FOLDER")
@json_option
def archive(source: Path, into: Path, json_output: bool) -> None:
    """Copy the session logs below DIR [~/.claude/projects] that are new or have grown since the last time.

    Secrets and e-mail addresses are masked in the copies. Nothing in FOLDER is ever deleted.
    """
    from vibecoder.curation.archive import archive as keep

    into = into.expanduser()
    result = keep(source.expanduser(), into)
    if json_output:
        click.echo(json.dumps({"into": str(into), **result.to_json()}, indent=2))
        return
    for what, n in result.masked.most_common():
        click.echo(f"masked: {n} {what}", err=True)
    for n, what in (
        (result.unreadable, "files cannot be read"),
        (result.damaged, "lines that are not whole JSON stay behind"),
        (result.kept, "files have become smaller at the source; their longer copies stay"),
    ):
        if n:
            click.echo(f"note: {n} {what}", err=True)
    click.echo(f"{into}: {result.new} new logs, {result.grown} that have grown, {result.same} as they were")


@click.command(
    "should-train",
    short_help="Tell whether enough new rows have come to train again.",
    epilog="Example, nightly: `vibecoder data should-train --rows 200 && vibecoder train --stage all`",
)
@click.argument("path", metavar="[FILE]", type=PATH, default=Path("dataset.jsonl"))
@click.option("--rows", "wanted", type=click.IntRange(1), default=100, show_default=True, metavar="N",
              help="So many new rows are enough.")  # fmt: skip
@click.option("--runs", type=PATH, default=Path("runs"), show_default=True, metavar="FOLDER", help="Where runs are.")
@json_option
@click.pass_context
def should_train(ctx: click.Context, path: Path, wanted: int, runs: Path, json_output: bool) -> None:
    """Count the rows of FILE [dataset.jsonl] that the newest finished run on it has not seen; exit status 3 if too few.

    Rows that repeat an earlier one, or each other, in nearly the same words don't count.
    """
    from vibecoder.curation.readiness import readiness

    found = readiness(path, runs, wanted)
    if json_output:
        click.echo(json.dumps(found.to_json(), indent=2))
    else:
        since = f"since {found.since}" if found.since else "and no run on it has finished"
        click.echo(f"{path}: {found.good} good new rows of {found.fresh} {since}; {wanted} are enough")
        click.echo("train: yes" if found.is_ready else "train: not yet")
    ctx.exit(0 if found.is_ready else _NOT_YET)
