"""`vibecoder compare`: what one model does better than another, prompt by prompt, with intervals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vibecoder.cli.options import PATH, json_option
from vibecoder.cli.output import open_console, table_of
from vibecoder.cli.text import visible

if TYPE_CHECKING:
    from rich.console import Console

    from vibecoder.evaluate.comparing.compare import ModelComparison

__all__ = ["compare"]


@click.command(
    short_help="Compare two models' results, prompt by prompt.",
    epilog="Examples: `vibecoder compare runs/a/evaluations/base runs/a`, `vibecoder compare nano runs/a/adapter`",
)
@click.argument("base")
@click.argument("tuned")
@click.option(
    "--suite", "suites", multiple=True, metavar="NAME[:PATH]", help="What to evaluate on, as `eval` takes it."
)
@click.option("--data", metavar="FILE", help="The dataset whose held-out rows are asked, as `eval` takes it.")
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="At most N prompts of each suite, as `eval` takes it."
)
@click.option("--png", type=PATH, metavar="FILE", help="Where the picture goes.  [default: comparison.png in TUNED]")
@click.option(
    "--show", type=click.IntRange(0), default=5, show_default=True, metavar="N", help="Lost prompts to print."
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of the bootstrap.")
@json_option
def compare(
    base: str,
    tuned: str,
    suites: tuple[str, ...],
    data: str | None,
    limit: int | None,
    png: Path | None,
    show: int,
    seed: int,
    json_output: bool,
) -> None:
    """Compare the results of TUNED with those of BASE, paired by prompt.

    Each is a folder that `vibecoder eval` made, or a run, of which the last evaluation counts. An adapter, a model, and
    with --suite a run, is evaluated first, below evaluations/; what is there already is not asked again.

    Intervals are percentile intervals of a paired bootstrap over prompts; p is McNemar's exact test of verdicts gained
    against lost.
    """
    from vibecoder.evaluate.comparing.compare import compare as compare_results
    from vibecoder.evaluate.comparing.obtain import obtain
    from vibecoder.evaluate.comparing.plot import comparison_plot
    from vibecoder.progress.display import make_progress, silent_progress

    progress = silent_progress() if json_output else make_progress(False)
    try:
        before, after = obtain(base, tuned, suites, data, limit, progress)
    finally:
        progress.close()
    comparison = compare_results(before, after, seed=seed)
    picture = png or after.folder / "comparison.png"
    comparison_plot(comparison, picture)
    if json_output:
        shown = {**comparison.as_dict(), "png": str(picture)}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    console = open_console()
    _table(console, comparison)
    _lost(console, comparison, show)
    if comparison.unpaired:
        console.print(f"\n{comparison.unpaired} prompts have a result on one side only and are left out")
    console.print(f"\npicture: {picture}", soft_wrap=True)


def _table(console: Console, comparison: ModelComparison) -> None:
    from rich.text import Text

    console.print(f"base:  {visible(comparison.base)}\ntuned: {visible(comparison.tuned)}\n", soft_wrap=True)
    figures = ("prompts", "base", "tuned", "change", "95% interval", "gained", "lost", "p")
    table = table_of("suite", *figures, right=figures)
    for row in comparison.rows:
        found = row.change
        style = "" if not found.settled else "green" if found.difference > 0 else "red"
        table.add_row(
            Text(f"  {visible(row.category)}" if row.category else visible(row.title)),
            str(found.prompts),
            f"{found.base:.1%}",
            f"{found.tuned:.1%}",
            Text(f"{100 * found.difference:+.1f}", style),
            f"{100 * found.low:+.1f} to {100 * found.high:+.1f}",
            str(found.gained),
            str(found.lost),
            f"{found.p:.2g}",
        )
    console.print(table)
    console.print("\nChange and interval are percentage points; an interval that holds 0 settles nothing.")


def _lost(console: Console, comparison: ModelComparison, limit: int) -> None:
    for base, tuned in comparison.lost[:limit]:
        console.print(f"\nlost: {visible(tuned.prompt)} ({visible(tuned.reason) or 'no reason given'})", soft_wrap=True)
        for title, verdict in (("base", base), ("tuned", tuned)):
            text = " ".join(visible(verdict.reply).split())
            console.print(f"  {title}: {text[:200] + ' ...' if len(text) > 200 else text}", soft_wrap=True)
    if (more := len(comparison.lost) - limit) > 0 and limit:
        console.print(f"\n... and {more} more lost prompts; see --show or --json")
