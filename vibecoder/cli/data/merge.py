"""`vibecoder data merge` and `dedupe`: several datasets as one, and one without its copies"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vibecoder.cli.data.validate import report, tell_changes
from vibecoder.cli.options import PATH, json_option

if TYPE_CHECKING:
    from vibecoder.curation.duplicates import Deduped
    from vibecoder.types import Record

__all__ = ["dedupe", "merge"]

_FORCE = click.option("--force", is_flag=True, help="Replace the file if it is there.")
_NEAR = click.option(
    "--threshold", type=click.FloatRange(0, 1, min_open=True), default=0.85, show_default=True, metavar="S",
    help="Jaccard similarity of word 5-grams from which rows count as one.",
)  # fmt: skip
_EXACT = click.option("--exact", is_flag=True, help="Leave out exact copies only.")


@click.command(
    short_help="Write several datasets as one, without copies.",
    epilog="Example: `vibecoder data merge git.jsonl sessions.jsonl --into dataset.jsonl`",
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=PATH)
@click.option("--into", type=PATH, required=True, metavar="FILE", help="The dataset to write.")
@_NEAR
@_EXACT
@_FORCE
@json_option
@click.pass_context
def merge(
    ctx: click.Context, paths: tuple[Path, ...], into: Path, threshold: float, exact: bool, force: bool,
    json_output: bool,
) -> None:  # fmt: skip
    """Write the rows of all FILEs to one new dataset, each once; exit status 2 if bad lines were left out.

    Of rows in nearly the same words the first one stays, in the order of the FILEs.
    """
    ctx.exit(_write(paths, into, None if exact else threshold, force, json_output))


@click.command(
    short_help="Write a dataset without rows that repeat others.",
    epilog="Examples: `vibecoder data dedupe dataset.jsonl --into clean.jsonl`, `... --threshold 0.7`, `... --exact`",
)
@click.argument("path", metavar="FILE", type=PATH)
@click.option("--into", type=PATH, required=True, metavar="FILE", help="The dataset to write.")
@_NEAR
@_EXACT
@_FORCE
@json_option
@click.pass_context
def dedupe(
    ctx: click.Context, path: Path, into: Path, threshold: float, exact: bool, force: bool, json_output: bool
) -> None:
    """Write the rows of FILE to a new dataset, without exact copies and near-duplicates of earlier rows.

    Near-duplicates are found by MinHash and confirmed exactly. Exit status 2 if bad lines were left out.
    """
    ctx.exit(_write((path,), into, None if exact else threshold, force, json_output))


def _write(paths: Sequence[Path], into: Path, threshold: float | None, force: bool, json_output: bool) -> int:
    from vibecoder.curation.duplicates import dedupe as without_copies
    from vibecoder.curation.writing import refuse, write_records
    from vibecoder.dataset.store import Dataset

    refuse([into], force)
    found = [(path, Dataset(path).read()) for path in paths]
    records: list[Record] = [record for _, contents in found for record in contents.records]
    result = without_copies(records, threshold)
    write_records(into, result.kept)
    if json_output:
        near = [{"id": one, "of": other, "similarity": alike} for one, other, alike in result.near]
        shown = {"into": str(into), "read": len(records), "kept": len(result.kept), "exact": result.exact, "near": near}
        click.echo(json.dumps(shown, indent=2))
    else:
        _tell(into, len(records), result)
    for path, contents in found:
        tell_changes(path, contents.changed)
        report(path, contents.bad)
    return 2 if any(contents.bad for _, contents in found) else 0


def _tell(into: Path, read: int, result: Deduped) -> None:
    left_out = f"left out: {result.exact} copies, {len(result.near)} near-duplicates"
    click.echo(f"{into}: {len(result.kept)} of {read} rows; {left_out}")
    for one, other, alike in result.near[:5]:
        click.echo(f"  {one[:8]} is {alike:.0%} of {other[:8]}", err=True)
