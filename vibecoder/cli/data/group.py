"""`vibecoder data`: look at rows as the model reads them, check a dataset, add rows to it, split it for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vibecoder.cli.data.convert import convert
from vibecoder.cli.data.decontaminate import decontaminate
from vibecoder.cli.data.generate import generate
from vibecoder.cli.data.importers import ImporterGroup
from vibecoder.cli.data.lengths import lengths
from vibecoder.cli.data.merge import dedupe, merge
from vibecoder.cli.data.nightly import archive, should_train
from vibecoder.cli.data.rows import DEFAULT as _DEFAULT
from vibecoder.cli.data.rows import rows_of
from vibecoder.cli.data.split import split
from vibecoder.cli.data.stats import stats
from vibecoder.cli.data.validate import report, tell_changes, validate
from vibecoder.cli.options import PATH, json_option
from vibecoder.cli.output import open_console
from vibecoder.cli.text import visible
from vibecoder.system.units import counted

if TYPE_CHECKING:
    from vibecoder.types import Record

__all__ = ["data"]


@click.group(cls=ImporterGroup, short_help="Make, inspect and check the dataset.")
def data() -> None:
    """Make, inspect and check the dataset: one JSON object a line, appended to and never rewritten."""


for _command in (
    archive, convert, decontaminate, dedupe, generate, lengths, merge, should_train, split, stats, validate,
):  # fmt: skip
    data.add_command(_command)


@data.command(
    short_help="Print a row as the model reads it, with what it learns coloured.",
    epilog="Examples: `vibecoder data show 3`, `vibecoder data show 5f0c --data rows.jsonl --model ./my-model`",
)
@click.argument("row", metavar="ID|N")
@click.option("--data", "path", type=PATH, metavar="FILE", help=f"The dataset [{_DEFAULT}, else the package's rows].")
@click.option("--model", "name", default="nano", show_default=True, metavar="M", help="Whose tokens and template.")
@click.option("--no-color", is_flag=True, help="Mark supervised text as «text», as in output that is no terminal.")
@json_option
def show(row: str, path: Path | None, name: str, no_color: bool, json_output: bool) -> None:
    """Print a row's labels and its text as the model reads it, with what it learns from coloured.

    N is the number of the row, from 1; ID the beginning of its id.
    """
    from vibecoder.dataset.records import to_json
    from vibecoder.models import resolve
    from vibecoder.rendering import ChatTokenizer, render, spans
    from vibecoder.types import Example, Infill

    source, records = rows_of(path)
    number = _find(row, records, source)
    record = records[number - 1]
    shown: dict[str, Any] = {"number": number, "source": source, **to_json(record)}
    pieces: list[tuple[str, bool]] = []
    if isinstance(record, (Example, Infill)):
        tokenizer = ChatTokenizer.load(resolve(name).folder)
        rendered = render(record, tokenizer)
        pieces = spans(rendered, tokenizer)
        share = rendered.supervised / max(1, len(rendered))
        shown |= {"model": name, "tokens": len(rendered), "supervised": rendered.supervised, "share": round(share, 4)}
    if json_output:
        shown["spans"] = [{"text": text, "supervised": flag} for text, flag in pieces]
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return

    from rich.text import Text

    console = open_console(soft_wrap=True, no_color=no_color or None)
    content = (
        "messages",
        "tools",
        "path",
        "prefix",
        "middle",
        "suffix",
        "chosen",
        "rejected",
        "completion",
        "reference",
    )
    for key, value in shown.items():
        if key not in content and key != "share" and value not in ("", {}):
            text = f"{value} ({share:.1%} of the tokens)" if key == "supervised" else _plain(value)
            console.print(Text(f"{key:<13}", style="bold").append(text, style="not bold"))
    coloured = console.is_terminal and not console.no_color
    console.print()
    if not pieces:
        console.print(
            Text(json.dumps({key: shown[key] for key in content if key in shown}, ensure_ascii=False, indent=2))
        )
        return
    body = Text()
    for piece, flag in pieces:
        shown_piece = visible(piece)
        body.append(shown_piece if coloured or not flag else f"«{shown_piece}»", style="bold green" if flag else "")
    console.print(body)
    console.print(Text("\nGreen is supervised." if coloured else "\n«…» is supervised.", style="dim"))


@data.command(
    short_help="Append the rows of other files to the dataset.",
    epilog="Examples: `vibecoder data add more.jsonl`, `vibecoder data add *.jsonl --into all.jsonl`",
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=PATH)
@click.option("--into", type=PATH, default=_DEFAULT, show_default=True, metavar="FILE", help="The dataset to add to.")
@click.pass_context
def add(ctx: click.Context, paths: tuple[Path, ...], into: Path) -> None:
    """Append the rows of each FILE that the dataset lacks; exit status 2 if bad lines were left out.

    Rows are those of this dataset's own form, or OpenAI-style {"messages": [...], "tools": [...]}.
    """
    from vibecoder.dataset.store import Dataset

    found = [(path, Dataset(path).read()) for path in paths]
    records = [record for _, contents in found for record in contents.records]
    added = Dataset(into).append(records)
    copies = len(records) - len({record.id for record in records})
    twice = f", {counted(copies, 'copy', 'copies')} left out" if copies else ""
    click.echo(f"{into}: {counted(added, 'row')} added{twice}, {len(records) - added - copies} were there already")
    for path, contents in found:
        tell_changes(path, contents.changed)
        report(path, contents.bad)
    ctx.exit(2 if any(contents.bad for _, contents in found) else 0)


def _find(row: str, records: tuple[Record, ...], source: str) -> int:
    """Return the 1-based number of the row that `row` names by its number or the beginning of its id."""
    from vibecoder.errors import DataError

    if row.isdecimal() and 1 <= int(row) <= len(records):
        return int(row)
    found = {record.id: number for number, record in reversed(list(enumerate(records, 1))) if record.id.startswith(row)}
    if len(found) > 1:
        some = ", ".join(identity[: len(row) + 4] for identity in sorted(found)[:4])
        raise DataError(
            f"{len(found)} rows of {source} have an id that begins with {row} ({some}, ...); give more of it"
        )
    if not found or not row:
        raise DataError(f"no row {row} in {source}; give a number from 1 to {len(records)} or the beginning of an id")
    return next(iter(found.values()))


def _plain(value: Any) -> str:
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
