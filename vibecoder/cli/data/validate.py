"""`vibecoder data validate`: count a dataset's rows, name its bad lines, and run its calls again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vibecoder.cli.options import PATH, json_option
from vibecoder.cli.output import open_console, progress_bar, table_of
from vibecoder.cli.text import visible

if TYPE_CHECKING:
    from vibecoder.dataset.store import BadLine, Contents
    from vibecoder.types import Record

__all__ = ["report", "tell_changes", "validate"]

_SHOWN = 20


@click.command(
    short_help="Count a dataset's rows by category and name what is wrong with it.",
    epilog="Examples: `vibecoder data validate`, `vibecoder data validate rows.jsonl --replay --json`",
)
@click.argument("path", metavar="[FILE]", type=PATH, default="dataset.jsonl")
@click.option("--replay", is_flag=True, help="Run every stored call again; each must give the same bytes.")
@click.option("--repo", type=PATH, metavar="PATH", help="With --replay: the git repository that rows were made from.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="With --replay: processes  [one per CPU]")
@json_option
@click.pass_context
def validate(
    ctx: click.Context, path: Path, replay: bool, repo: Path | None, workers: int | None, json_output: bool
) -> None:
    """Count the rows of FILE [dataset.jsonl] by category and name its bad lines; exit status 2 if there are any.

    With --replay, calls that generators have stored are run again on fresh copies of the code; rows that give
    something else, or cannot be run here, are named by their numbers. Exit status 2 if there are any.

    Nothing is written. Training uses the good rows and copies the bad lines to FILE's quarantine.
    """
    from vibecoder.dataset.store import Dataset

    if not replay and (repo or workers):
        raise click.UsageError("--repo and --workers are for --replay; add it, or drop them", ctx)
    contents = Dataset(path).read()
    found = _replayed(contents.records, repo, workers or 0) if replay else {}
    wrong = {number: reasons for number, reasons in found.items() if reasons}
    repeated = len(contents.records) - len({record.id for record in contents.records})
    if json_output:
        counts = Counter((record.category, type(record).__name__.lower()) for record in contents.records)
        rows = [{"category": category, "kind": kind, "rows": n} for (category, kind), n in sorted(counts.items())]
        bad = [{"line": line.number, "reason": line.reason} for line in contents.bad]
        shown = {"path": str(path), "rows": rows, "repeated": repeated, "bad": bad, "changed": dict(contents.changed)}
        if replay:
            shown |= {
                "replayed": len(found),
                "differ": [{"row": number, "reasons": list(reasons)} for number, reasons in wrong.items()],
            }
        click.echo(json.dumps(shown, indent=2))
    else:
        _table(contents)
        again = f", {repeated} of them repeated" if repeated else ""
        click.echo(f"\n{path}: {len(contents.records)} rows{again}, {len(contents.bad)} bad lines")
        tell_changes(path, contents.changed)
        report(path, contents.bad)
        if replay:
            click.echo(f"{len(found)} rows run again, {len(found) - len(wrong)} gave the same bytes")
            for number, reasons in list(wrong.items())[:_SHOWN]:
                more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
                click.echo(f"{path}: row {number}: {visible(reasons[0])}{more}", err=True)
            if len(wrong) > _SHOWN:
                click.echo(f"... and {len(wrong) - _SHOWN} more rows; --json lists all", err=True)
    ctx.exit(2 if contents.bad or wrong else 0)


def report(path: Path, bad: Sequence[BadLine]) -> None:
    """Name the first bad lines on standard error."""
    for line in bad[:_SHOWN]:
        click.echo(f"{path}:{line.number}: {visible(line.reason)}", err=True)
    if len(bad) > _SHOWN:
        click.echo(f"... and {len(bad) - _SHOWN} more; `vibecoder data validate {path} --json` lists all", err=True)


def tell_changes(path: Path, changed: Mapping[str, int]) -> None:
    """Say on standard error what was taken out of rows while they were read."""
    for what, n in changed.items():
        click.echo(f"{path}: left out of rows: {n} {what}", err=True)


def _table(contents: Contents) -> None:
    from rich.text import Text

    table = table_of("category", "kind", "rows", "groups")
    counts = Counter((record.category, type(record).__name__.lower()) for record in contents.records)
    for (category, kind), n in sorted(counts.items()):
        mine = [r for r in contents.records if (r.category, type(r).__name__.lower()) == (category, kind)]
        groups = len({record.group or record.id for record in mine})
        table.add_row(Text(visible(category)), kind, str(n), str(groups))
    open_console().print(table)


def _replayed(records: Sequence[Record], repo: Path | None, workers: int) -> dict[int, Sequence[str]]:
    """Run again each row that a generator can, and return the differences found, by row number."""
    from vibecoder import plugins
    from vibecoder.types import GenerateJob

    generators = plugins.load().generators
    mine: dict[str, list[int]] = {}
    for number, record in enumerate(records, 1):
        name = record.provenance.get("generator")
        if isinstance(name, str) and name in generators and generators[name].replay:
            mine.setdefault(name, []).append(number)
    found: dict[int, Sequence[str]] = {}
    with progress_bar(sum(map(len, mine.values()))) as advance:
        for name, numbers in mine.items():
            again = generators[name].replay
            assert again is not None
            job = GenerateJob(repo=repo, workers=workers)
            for number, reasons in zip(numbers, again([records[n - 1] for n in numbers], job), strict=True):
                found[number] = reasons
                advance()
    return dict(sorted(found.items()))
