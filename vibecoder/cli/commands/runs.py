"""`vibecoder runs`: list the runs of this project, show one, say what differs between two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vibecoder.cli.options import json_option
from vibecoder.cli.output import open_console, table_of
from vibecoder.cli.text import visible

if TYPE_CHECKING:
    from vibecoder.runs.find import Difference

__all__ = ["runs"]

_FOLDER = click.option(
    "--output", metavar="DIR", type=click.Path(path_type=Path), help="Where runs are.  [default: output.folder]"
)


@click.group(short_help="List runs, show one, say what differs between two.")
def runs() -> None:
    """List the runs below `output.folder`, show one, or say what differs between two.

    A RUN is its folder, its name, or how its name begins.
    """


@runs.command(name="list", short_help="One line a run: how it ended and what came of it.")
@_FOLDER
@json_option
def list_(output: Path | None, json_output: bool) -> None:
    """List the runs, oldest first: how each ended and how many held-out tool calls were right before and after."""
    from vibecoder.runs.find import list_runs

    root = _root(output)
    found = [run.as_dict() for run in list_runs(root)]
    if json_output:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo(f"no runs below {root}; `vibecoder train` makes one")
        return
    rows = []
    for run in found:
        calls = " to ".join(f"{one.get('exact', 0)}/{one['total']}" for one in run["tool_calls"])
        stages, created = ", ".join(run["stages"]), str(run["created"] or "")[:16].replace("T", " ")
        rows.append([run["name"], run["status"], created, run["model"], run["backend"], stages, run["steps"], calls])
    _table(("run", "status", "begun", "model", "backend", "stages", "steps", "tool calls"), rows, right=("steps",))


@runs.command(short_help="The figures of a run, and where its report and adapter are.")
@click.argument("run")
@_FOLDER
@json_option
def show(run: str, output: Path | None, json_output: bool) -> None:
    """Show the figures of a run, and where its report and adapter are; with --json all of its run.json."""
    from vibecoder.runs.find import find_run
    from vibecoder.system.units import duration, memory

    found = find_run(run, _root(output))
    if json_output:
        click.echo(json.dumps({"folder": str(found.folder), **found.record.as_json()}, ensure_ascii=False, indent=2))
        return
    console, facts = open_console(), found.as_dict()
    for key in ("name", "status", "created", "model", "backend", "folder"):
        console.print(f"{key:9} {visible(str(facts[key]))}", soft_wrap=True)
    for stopped in found.record.gate.reasons if found.record.gate else ():
        console.print(f"{'gate':9} {visible(stopped)}", soft_wrap=True)
    for result in found.record.measurements:
        console.print(f"{'calls':9} {result.exact}/{result.total} exact, {visible(result.when)}")
    rows = []
    for stage in found.record.stages:
        loss = stage.held_out_loss
        losses = ["" if value is None else f"{value:.3f}" for value in (loss.before, loss.after)]
        time = "" if stage.seconds is None else duration(stage.seconds)
        peak = memory(stage.peak_memory) if stage.peak_memory else ""
        rows.append([stage.name, stage.rows, stage.steps, *losses, time, peak])
    if rows:
        console.print()
        titles = ("stage", "rows", "steps", "loss before", "loss after", "time", "peak")
        _table(titles, rows, right=titles[1:])
    console.print()
    for title, name in (("report", "report.html"), ("report", "report.md"), ("adapter", "adapter")):
        if (found.folder / name).exists():
            console.print(f"{title:9} {found.folder / name}", soft_wrap=True)


@runs.command(name="diff", short_help="What differs between two runs: settings first, then figures.")
@click.argument("left")
@click.argument("right")
@_FOLDER
@json_option
def diff_(left: str, right: str, output: Path | None, json_output: bool) -> None:
    """Compare two runs: what they were given first, then their results."""
    from vibecoder.runs.find import diff, find_run

    root = _root(output)
    one, two = find_run(left, root), find_run(right, root)
    given, figures = diff(one, two)
    if json_output:
        parts = {"given": [asdict(item) for item in given], "figures": [asdict(item) for item in figures]}
        click.echo(json.dumps({"left": str(one.folder), "right": str(two.folder), **parts}, indent=2))
        return
    for title, differences in (("what they were given", given), ("what came of them", figures)):
        if differences:
            _table((title, one.name, two.name), [_row(item) for item in differences])
        else:
            click.echo(f"{title}: the same")
        click.echo()


def _row(item: Difference) -> Sequence[Any]:
    return [
        item.key,
        *(
            "-" if value is None else json.dumps(value) if not isinstance(value, str) else value
            for value in (item.left, item.right)
        ),
    ]


def _root(output: Path | None) -> Path:
    from vibecoder.planning.plan import runs_folder

    return output or runs_folder()


def _table(titles: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[str] = ()) -> None:
    from rich.text import Text

    table = table_of(*map(visible, titles), right=[*map(visible, right)])
    for row in rows:
        table.add_row(*(Text(visible("" if cell is None else str(cell))) for cell in row))
    open_console().print(table)
