"""`vibecoder data convert`: rows in the forms of other tools, and back"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vibecoder.cli.data.validate import tell_changes
from vibecoder.cli.options import PATH
from vibecoder.system.units import counted

if TYPE_CHECKING:
    from vibecoder.types import Record

__all__ = ["convert"]

_SHOWN = 20


@click.command(
    short_help="Write rows in the form of another tool, or read them from one.",
    epilog="Examples: `vibecoder data convert dataset.jsonl --to trl --out for-trl`, "
    "`vibecoder data convert fine-tuning-file.json --to vibecoder --out rows.jsonl`",
)
@click.argument("path", metavar="FILE", type=PATH)
@click.option("--to", "form", type=click.Choice(("alpaca", "openai", "trl", "mlx", "vibecoder")), required=True)
@click.option("--out", type=PATH, required=True, metavar="PATH", help="A file; for trl and openai a folder.")
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
@click.pass_context
def convert(ctx: click.Context, path: Path, form: str, out: Path, force: bool) -> None:
    """Write the rows of FILE, of this dataset's form, Alpaca, OpenAI's or TRL's, in another form.

    alpaca is one JSON array (fine-tuning-file.json), mlx one file of JSON lines. trl and openai are folders with a file
    for each trainer: sft.jsonl, and kto.jsonl, dpo.jsonl or preference.jsonl for thumbs and comparisons. vibecoder is a
    dataset; secrets are masked on the way in. Exit status 2 if bad rows were left out.
    """
    from vibecoder.curation.foreign import read_rows
    from vibecoder.curation.forms import FORMS
    from vibecoder.curation.writing import refuse, write_array, write_json_lines, write_records
    from vibecoder.errors import DataError, OutputError

    found = read_rows(path)
    good, bad = found.good, found.bad
    tell_changes(path, found.changed)
    for number, reason in bad[:_SHOWN]:
        click.echo(f"{path}:{number}: {reason}", err=True)
    if len(bad) > _SHOWN:
        click.echo(f"... and {len(bad) - _SHOWN} more rows that are none", err=True)
    if not good:
        raise DataError(f"{path} holds no row of a form that is known; write Alpaca, OpenAI's, TRL's or our own")
    if form == "vibecoder":
        refuse([out], force)
        rows = write_records(out, _scrubbed(record for _, record in good))
        copies = f", {counted(len(good) - rows, 'copy', 'copies')} left out" if rows < len(good) else ""
        click.echo(f"{out}: {counted(rows, 'row', 'rows')}{copies}")
        ctx.exit(2 if bad else 0)
    parts: dict[str, list[Any]] = {}
    refused: Counter[str] = Counter()
    for _, record in good:
        try:
            part, row = FORMS[form](record)
        except DataError as error:
            refused[str(error)] += 1
            continue
        parts.setdefault(part, []).append(row)
    for reason, n in refused.most_common():
        click.echo(f"left out: {n} rows: {reason}", err=True)
    if not parts:
        raise DataError(f"no row of {path} can be written for {form}")
    if form in ("trl", "openai"):
        if out.is_file():
            raise OutputError(f"{out} is a file; --to {form} writes a folder with a file for each trainer")
        targets = {part: out / f"{part}.jsonl" for part in parts}
    else:
        targets = dict.fromkeys(parts, out)
    refuse(targets.values(), force)
    for part, target in targets.items():
        write = write_array if form == "alpaca" else write_json_lines
        click.echo(f"{target}: {write(target, parts[part])} rows")
    ctx.exit(2 if bad else 0)


def _scrubbed(records: Any) -> list[Record]:
    """Mask the secrets of records and return each record once; the masks are counted on standard error."""
    from vibecoder.dataset.records import identified
    from vibecoder.dataset.scrub.records import scrub

    masked: Counter[str] = Counter()
    rows: dict[str, Record] = {}
    for record in records:
        clean, found = scrub(record)
        masked.update(found)
        clean = identified(clean)
        rows.setdefault(clean.id, clean)
    for what, n in masked.most_common():
        click.echo(f"masked: {n} {what}", err=True)
    return list(rows.values())
