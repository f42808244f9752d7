"""`vibecoder data generate`: make rows and append them to the dataset, with a bar, and resumable."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vibecoder.cli.options import PATH
from vibecoder.cli.output import progress_bar

if TYPE_CHECKING:
    from vibecoder.dataset.generating import Quota, QuotaResult

__all__ = ["generate"]

_SHOWN = 12


@click.command(
    short_help="Make rows by running real tools on real code, and append them.",
    epilog="Examples: `vibecoder data generate`, `vibecoder data generate agentic --count 80 --repo ~/my-code`",
)
@click.argument("categories", metavar="[CATEGORY ...|all]", nargs=-1)
@click.option("--count", type=click.IntRange(0), metavar="N", help="Rows in all  [the plan's]")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="S", help="Another makes others.")
@click.option("--repo", type=PATH, metavar="PATH", help="Make them from the Python code of this git repository first.")
@click.option(
    "--into", type=PATH, default="dataset.jsonl", show_default=True, metavar="FILE", help="The dataset to append to."
)
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes; the rows are the same  [one per CPU]")
@click.option(
    "--cluster", metavar="ADDRESS", help="Make them on a Ray cluster: HOST:PORT, auto, or local for one of its own."
)
@click.option("--teacher", metavar="URL", help="An OpenAI-compatible server whose model rewords what users say.")
@click.option("--teacher-model", metavar="M", help="With --teacher: the model there  [default]")
@click.pass_context
def generate(
    ctx: click.Context,
    categories: tuple[str, ...],
    count: int | None,
    seed: int,
    repo: Path | None,
    into: Path,
    workers: int | None,
    cluster: str | None,
    teacher: str | None,
    teacher_model: str | None,
) -> None:
    """Make rows of the given categories, of all by default, and append those that FILE lacks.

    The rows depend on the seed, not on the number of processes or machines. Stopped by Ctrl-C or killed, the same
    command goes on where it was; several may append to one file at once. Exit status 1 if there was not enough code for
    all rows.

    A teacher rewords users' turns and the reasons given for calls; a wording that drops or adds a name or a number is
    refused. Calls, results and patches stay. Its answers, and refused ones, are kept in a hidden folder beside FILE.
    If it wants a key, put it into the environment variable VIBECODER_TEACHER_KEY.
    """
    from vibecoder import plugins
    from vibecoder.dataset.generating import choose_generators, fill, orders
    from vibecoder.system.work_clock import worked_seconds
    from vibecoder.types import GenerateJob, Teacher

    if cluster and workers:
        raise click.UsageError("--workers is for this machine alone; drop it, or --cluster", ctx)
    if teacher_model and not teacher:
        raise click.UsageError("--teacher-model is for --teacher; add it, or drop this", ctx)
    wanted = orders(choose_generators(categories, plugins.load()), count)
    words = Teacher(teacher, teacher_model or "default", into.with_name(f".{into.name}.teacher")) if teacher else None
    job = GenerateJob(seed=seed, repo=repo, workers=workers or 0, cluster=cluster or "", teacher=words)
    begun = worked_seconds()
    outcomes: list[QuotaResult] = []
    try:
        with progress_bar(sum(quota.count or 0 for quota in wanted) or None, "rows") as advance:

            def made(quota: Quota, rows: int) -> None:
                advance(rows, quota.spec.name)

            for outcome in fill(into, wanted, job, made):
                outcomes.append(outcome)
    except KeyboardInterrupt:
        click.echo(f"stopped; what is finished is in {into}, and the same command goes on from there", err=True)
        raise
    _tell(outcomes, into, worked_seconds() - begun)
    ctx.exit(1 if any(outcome.missing for outcome in outcomes) else 0)


def _tell(outcomes: Sequence[QuotaResult], into: Path, seconds: float) -> None:
    for outcome in outcomes:
        there = outcome.made - outcome.added
        click.echo(
            f"{outcome.name}: {outcome.added} rows added"
            + (f", {there} were there already" if there else "")
            + (f", {outcome.missing} of {outcome.wanted} missing" if outcome.missing else "")
        )
    skipped = {reason: n for outcome in outcomes for reason, n in outcome.skipped.items()}
    if skipped:
        total = sum(sum(outcome.skipped.values()) for outcome in outcomes)
        click.echo(f"{total} attempts gave no row:", err=True)
        for reason, n in sorted(skipped.items(), key=lambda item: -item[1])[:_SHOWN]:
            click.echo(f"  {n:>5}  {reason}", err=True)
        if len(skipped) > _SHOWN:
            click.echo(f"  ... and {len(skipped) - _SHOWN} more reasons", err=True)
    added, made = (sum(getattr(outcome, name) for outcome in outcomes) for name in ("added", "made"))
    pace = f", {made / seconds:.1f} rows/s" if added and seconds else ""
    click.echo(f"{into}: {added} rows added in {seconds:.0f} s{pace}")
