"""`vibecoder data lengths`: how long rows are in a model's tokens, and what fits the chosen length"""

from __future__ import annotations

import json
from pathlib import Path

import click

from vibecoder.cli.data.rows import rows_of
from vibecoder.cli.options import PATH, json_option

__all__ = ["lengths"]


@click.command(
    short_help="Count the rows that fit a `max_length`, by category.",
    epilog="Examples: `vibecoder data lengths`, `vibecoder data lengths mine.jsonl --max-length 1408 --model M`",
)
@click.argument("path", metavar="[FILE]", type=PATH, required=False)
@click.option(
    "--max-length", type=click.IntRange(1), metavar="N", help="Tokens of a row  [the setting data.max_length]"
)
@click.option("--model", "name", default="nano", show_default=True, metavar="M", help="Whose tokens and template.")
@json_option
def lengths(path: Path | None, max_length: int | None, name: str, json_output: bool) -> None:
    """Count the tokens of each row of FILE [dataset.jsonl, else the package's rows] as a model's template renders them.

    Rows longer than the maximum are left out of training.
    """
    from vibecoder.curation.lengths import lengths as measured
    from vibecoder.models import resolve
    from vibecoder.rendering import ChatTokenizer

    source, records = rows_of(path)
    found = measured(records, ChatTokenizer.load(resolve(name).folder), max_length or _setting())
    if json_output:
        click.echo(json.dumps({"data": source, "model": name, **found.to_json()}, indent=2))
        return
    shown = found.to_json()
    wide = max([len("category"), *map(len, found.of)])
    click.echo(f"{'category':<{wide}}  {'rows':>6} {'fit':>6} {'median':>7} {'p95':>7} {'longest':>7}")
    for category, row in shown["categories"].items():
        figures = f"{row['rows']:>6} {row['fit']:>6} {row['median']:>7} {row['p95']:>7} {row['longest']:>7}"
        click.echo(f"{category:<{wide}}  {figures}")
    for reason, n in found.refused.items():
        click.echo(f"left out: {n} rows: {reason}", err=True)
    share = shown["fit"] / max(1, shown["rows"])
    click.echo(
        f"{source}: {shown['fit']} of {shown['rows']} rows ({share:.1%}) fit {found.max_length} tokens of {name}; "
        f"{shown['enough_for_95_percent']} would do for 95%, {shown['enough_for_all']} for all"
    )


def _setting() -> int:
    from vibecoder.config.schema import Settings

    return Settings().data.max_length
