"""`vibecoder data`: look at rows as the model reads them, check a dataset, add rows to it, split it for other tools."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from vibecoder.dataset import BadLine
    from vibecoder.types import Record

__all__ = ["data"]

_DEFAULT = "dataset.jsonl"
_SHOWN = 20
_PATH = click.Path(path_type=Path)


@click.group(short_help="Make, inspect and check the dataset.")
def data() -> None:
    """Make, inspect and check the dataset: one JSON object a line, appended to and never rewritten."""


@data.command(
    short_help="Print a row as the model reads it, with what it learns coloured.",
    epilog="Examples: `vibecoder data show 3`, `vibecoder data show 5f0c --data rows.jsonl --model ./my-model`",
)
@click.argument("row", metavar="ID|N")
@click.option("--data", "path", type=_PATH, metavar="FILE", help=f"The dataset [{_DEFAULT}, else the starter rows].")
@click.option("--model", "name", default="nano", show_default=True, metavar="M", help="Whose tokens and template.")
@click.option("--no-color", is_flag=True, help="Mark supervised text as «text», as in output that is no terminal.")
@click.option("--json", "json_output", is_flag=True, help="JSON for programs instead of text for people.")
def show(row: str, path: Path | None, name: str, no_color: bool, json_output: bool) -> None:
    """Print a row's labels and its text as the model reads it, with what it learns from coloured.

    N is the number of the row, from 1; ID the beginning of its id.
    """
    from vibecoder.models import resolve
    from vibecoder.records import to_json
    from vibecoder.rendering import ChatTokenizer, render, spans
    from vibecoder.types import Example, Infill

    source, records = _rows(path)
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

    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True, no_color=no_color or None)
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
        visible = _visible(piece)
        body.append(visible if coloured or not flag else f"«{visible}»", style="bold green" if flag else "")
    console.print(body)
    console.print(Text("\nGreen is supervised." if coloured else "\n«…» is supervised.", style="dim"))


@data.command(
    short_help="Count a dataset's rows by category and name its bad lines.",
    epilog="Examples: `vibecoder data validate`, `vibecoder data validate rows.jsonl --json`",
)
@click.argument("path", metavar="[FILE]", type=_PATH, default=_DEFAULT)
@click.option("--json", "json_output", is_flag=True, help="JSON for programs instead of a table for people.")
@click.pass_context
def validate(ctx: click.Context, path: Path, json_output: bool) -> None:
    """Count the rows of FILE [dataset.jsonl] by category and name its bad lines; exit status 2 if there are any.

    Nothing is written. Training uses the good rows and copies the bad lines to FILE's quarantine.
    """
    from vibecoder.dataset import Dataset

    contents = Dataset(path).read()
    repeated = len(contents.records) - len({record.id for record in contents.records})
    counts = Counter((record.category, type(record).__name__.lower()) for record in contents.records)
    if json_output:
        rows = [{"category": category, "kind": kind, "rows": n} for (category, kind), n in sorted(counts.items())]
        bad = [{"line": line.number, "reason": line.reason} for line in contents.bad]
        click.echo(json.dumps({"path": str(path), "rows": rows, "repeated": repeated, "bad": bad}, indent=2))
    else:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table("category", "kind", "rows", "groups", box=None, pad_edge=False, header_style="bold")
        for (category, kind), n in sorted(counts.items()):
            mine = [r for r in contents.records if (r.category, type(r).__name__.lower()) == (category, kind)]
            groups = len({record.group or record.id for record in mine})
            table.add_row(Text(_visible(category)), kind, str(n), str(groups))
        Console(highlight=False).print(table)
        again = f", {repeated} of them repeated" if repeated else ""
        click.echo(f"\n{path}: {len(contents.records)} rows{again}, {len(contents.bad)} bad lines")
        _report(path, contents.bad)
    ctx.exit(2 if contents.bad else 0)


@data.command(
    short_help="Append the rows of other files to the dataset.",
    epilog="Examples: `vibecoder data add more.jsonl`, `vibecoder data add *.jsonl --into all.jsonl`",
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=_PATH)
@click.option("--into", type=_PATH, default=_DEFAULT, show_default=True, metavar="FILE", help="The dataset to add to.")
@click.pass_context
def add(ctx: click.Context, paths: tuple[Path, ...], into: Path) -> None:
    """Append the rows of each FILE that the dataset lacks; exit status 2 if bad lines were left out.

    Rows are those of this dataset's own form, or OpenAI-style {"messages": [...], "tools": [...]}.
    """
    from vibecoder.dataset import Dataset

    found = [(path, Dataset(path).read()) for path in paths]
    records = [record for _, contents in found for record in contents.records]
    added = Dataset(into).append(records)
    click.echo(f"{into}: {added} rows added, {len(records) - added} were there already")
    for path, contents in found:
        _report(path, contents.bad)
    ctx.exit(2 if any(contents.bad for _, contents in found) else 0)


@data.command(
    short_help="Write train.jsonl and valid.jsonl, as mlx-lm and others want them.",
    epilog="Example: `vibecoder data split mlx-data`, then `mlx_lm.lora --train --model M --data mlx-data`",
)
@click.argument("folder", type=_PATH)
@click.option("--data", "path", type=_PATH, metavar="FILE", help=f"The dataset [{_DEFAULT}, else the starter rows].")
@click.option("--share", default=0.15, show_default=True, type=click.FloatRange(0, 1), help="Held-out share of groups.")
@click.option("--seed", default=0, show_default=True, help="Seed of the split, as `seed` of a training run.")
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
def split(folder: Path, path: Path | None, share: float, seed: int, force: bool) -> None:
    """Write the conversations of the dataset to FOLDER as train.jsonl and valid.jsonl.

    No group of rows is divided, and every category gives its share: the rows that training holds out, too.
    Other kinds of rows, such as infills, are left out: mlx-lm and TRL can't mix them with conversations.
    """
    from vibecoder.dataset import Dataset
    from vibecoder.errors import DataError, OutputError
    from vibecoder.split import split as divide
    from vibecoder.types import Example

    source, records = _rows(path)
    parts = dict(zip(("train", "valid"), divide(records, share, seed), strict=True))
    chats = {name: [row for row in rows if isinstance(row, Example)] for name, rows in parts.items()}
    if not any(chats.values()):
        raise DataError(f"{source} holds no conversation; mlx-lm and TRL's SFTTrainer need rows with messages")
    for name in chats:
        target = folder / f"{name}.jsonl"
        if target.exists():
            if not force:
                raise OutputError(f"{target} is there already; choose another folder, or replace it with --force")
            target.unlink()
    for name, rows in chats.items():
        if not rows:
            click.echo(f"{folder / name}.jsonl: not written, no group could be held out")
            continue
        Dataset(folder / f"{name}.jsonl").append(rows)
        click.echo(f"{folder / name}.jsonl: {len(rows)} rows")
    others = len(records) - sum(map(len, chats.values()))
    if others:
        click.echo(f"{others} rows that are no conversations are left out")


def _rows(path: Path | None) -> tuple[str, tuple[Record, ...]]:
    """The records to look at and where they come from; nothing is written."""
    from vibecoder.dataset import Dataset

    if path is None and not Path(_DEFAULT).exists():
        from vibecoder import plugins
        from vibecoder.data import load_rows

        found = load_rows(_DEFAULT, plugins.load())
        return found.path, found.records
    return str(path or _DEFAULT), Dataset(path or _DEFAULT).read().records


def _find(row: str, records: tuple[Record, ...], source: str) -> int:
    """The 1-based number of the row asked for."""
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


def _report(path: Path, bad: tuple[BadLine, ...]) -> None:
    for line in bad[:_SHOWN]:
        click.echo(f"{path}:{line.number}: {_visible(line.reason)}", err=True)
    if len(bad) > _SHOWN:
        click.echo(f"... and {len(bad) - _SHOWN} more; `vibecoder data validate {path} --json` lists all", err=True)


def _plain(value: Any) -> str:
    return _visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _visible(text: str) -> str:
    """Control characters as their pictures, so that a row cannot steer the terminal."""
    return "".join(c if c in "\n\t" or ord(c) not in _CONTROL else _CONTROL[ord(c)] for c in text)


_CONTROL = {code: chr(0x2400 + code) for code in range(32)} | {code: f"\\x{code:02x}" for code in range(127, 160)}
