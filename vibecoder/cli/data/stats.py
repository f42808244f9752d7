"""`vibecoder data stats`: a table and a picture of what is in a dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vibecoder.cli.options import PATH, json_option
from vibecoder.cli.output import open_console, table_of
from vibecoder.cli.text import visible

if TYPE_CHECKING:
    from vibecoder.dataset.stats import DatasetStats

__all__ = ["stats"]


@click.command(
    short_help="Count and measure a dataset, as a table and a picture.",
    epilog="Examples: `vibecoder data stats`, `vibecoder data stats rows.jsonl --model ./my-model --max-length 4096`",
)
@click.argument("path", metavar="[FILE]", type=PATH, default="dataset.jsonl")
@click.option("--model", "name", default="nano", show_default=True, metavar="M", help="Whose tokens and template.")
@click.option("--max-length", type=click.IntRange(2), metavar="N", help="Tokens a row may have  [`data.max_length`]")
@click.option("--png", type=PATH, metavar="FILE", help="Where the picture goes  [beside the dataset]")
@json_option
def stats(path: Path, name: str, max_length: int | None, png: Path | None, json_output: bool) -> None:
    """Measure the rows of FILE [dataset.jsonl]: kinds, lengths, near-duplicates, diversity, how they were checked.

    Near-duplicates are texts of which another repeats nearly all runs of five words (Jaccard similarity); distinct-2 is
    the share of different pairs of words in 400 texts. Bad lines are left out; `vibecoder data validate` names them.
    """
    from vibecoder.config.schema import DataSettings
    from vibecoder.dataset.stats import measure
    from vibecoder.dataset.stats_plot import stats_plot
    from vibecoder.dataset.store import Dataset
    from vibecoder.errors import DataError
    from vibecoder.models import resolve
    from vibecoder.rendering import ChatTokenizer

    contents = Dataset(path).read()
    if not contents.records:
        raise DataError(f"{path} holds no rows to measure; see `vibecoder data validate {path}`")
    tokenizer = ChatTokenizer.load(resolve(name).folder)
    found = measure(contents.records, tokenizer, max_length or DataSettings().max_length)
    picture = png or path.with_suffix(".png")
    stats_plot(found, picture)
    if json_output:
        shown = {"path": str(path), "model": name, "bad": len(contents.bad), **found.as_dict(), "png": str(picture)}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    _kinds(found)
    _figures(found, name)
    click.echo(f"\n{path}: {found.rows} rows, {len(contents.bad)} bad lines; picture in {picture}")


def _kinds(found: DatasetStats) -> None:
    from rich.text import Text

    table = table_of("category", "sub-category", "checked", "rows", right=("rows",))
    last = ""
    for (category, subcategory, level), count in found.kinds.items():
        table.add_row(
            Text(visible(category if category != last else "")), Text(visible(subcategory)), level, f"{count:,}"
        )
        last = category
    open_console().print(table)


def _figures(found: DatasetStats, model: str) -> None:
    from rich.text import Text

    median, most, longest = (f"{found.percentile(at):,}" for at in (50, 95, 100))
    rows = [
        ("checked", ", ".join(f"{level} {count / found.rows:.1%}" for level, count in found.verification.items())),
        ("groups", f"{found.groups:,} that a split does not divide"),
        (
            "tokens",
            f"{int(found.lengths.sum()):,} of {model}; a row has {median} (median), {most} (95%), {longest} (most)",
        ),
        ("max_length", f"{found.max_length:,}; {found.too_long:,} rows are longer"),
        ("supervised", f"{found.supervised_share:.1%} of the tokens"),
    ]
    for role, words in found.words.items():
        near = ", ".join(f"{part:.1%} at {threshold}" for threshold, part in words.near.items())
        rows.append((role, f"{words.texts:,} texts; near-duplicates {near}; distinct-2 {words.distinct:.2f}"))
    functions, tests = found.uses["functions"], found.uses["failing"]
    if functions or tests:
        rows.append(("repeated", f"one function is in {functions} rows at most, one failing test in {tests}"))
    rows += [("refused", f"{count:,}: {reason}") for reason, count in found.refused.items()]
    console = open_console(soft_wrap=True)
    console.print()
    for name, text in rows:
        console.print(Text(f"{name:<13}", style="bold").append(visible(text), style="not bold"))
