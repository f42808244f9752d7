"""`vibecoder data decontaminate`: a dataset without rows that repeat evaluation prompts"""

from __future__ import annotations

import json
from pathlib import Path

import click

from vibecoder.cli.data.validate import report
from vibecoder.cli.options import PATH, json_option

__all__ = ["decontaminate"]


@click.command(
    short_help="Write a dataset without rows that repeat evaluation prompts.",
    epilog="Examples: `vibecoder data decontaminate dataset.jsonl --into clean.jsonl`, `... --against prompts.jsonl`",
)
@click.argument("path", metavar="FILE", type=PATH)
@click.option(
    "--against",
    "prompts",
    multiple=True,
    metavar="FILE|SUITE",
    help="More prompts: JSON lines of any form, text, one a line, or a suite that needs a file (NAME:PATH).",
)
@click.option("--suites/--no-suites", default=True, help="Those of all suites  [yes]")
@click.option("--into", type=PATH, required=True, metavar="FILE", help="The dataset to write.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@json_option
@click.pass_context
def decontaminate(
    ctx: click.Context, path: Path, prompts: tuple[str, ...], suites: bool, into: Path, force: bool, json_output: bool
) -> None:
    """Write the rows of FILE that share no ten words in a row with a prompt of an evaluation suite.

    A prompt of five to nine words counts where it stands as a whole. Exit status 2 if bad lines were left out.
    """
    from vibecoder.curation.decontaminate import decontaminate as without
    from vibecoder.curation.prompts import evaluation_prompts
    from vibecoder.curation.writing import refuse, write_records
    from vibecoder.dataset.store import Dataset

    refuse([into], force)
    contents = Dataset(path).read()
    known, names = evaluation_prompts(prompts, suites)
    if not names:
        raise click.UsageError("--no-suites leaves nothing to compare with; give --against", ctx)
    clean, found = without(contents.records, known)
    write_records(into, clean)
    if json_output:
        rows = [{"row": row.number, "id": row.record.id, "words": row.words} for row in found]
        click.echo(json.dumps({"into": str(into), "against": names, "kept": len(clean), "left_out": rows}, indent=2))
    else:
        for row in found[:5]:
            click.echo(f"  row {row.number} repeats: {row.words}", err=True)
        click.echo(f"{into}: {len(clean)} of {len(contents.records)} rows; {len(found)} repeat an evaluation prompt")
    report(path, contents.bad)
    ctx.exit(2 if contents.bad else 0)
