"""`vibecoder train`: plan a run from options and settings, print the plan or carry it out; resume a stopped run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from vibecoder.cli.completion import backend_names, profile_names, stage_names
from vibecoder.cli.options import json_option

__all__ = ["train"]

_OWN_SETTINGS = (
    "stages",
    "data",
    "model",
    "backend",
    "profile",
    "sets",
    "output",
    "name",
    "seed",
    "push",
    "adapter",
    "on_regression",
    "dry_run",
)


@click.command(short_help="Train an adapter, stage by stage.")
@click.option(
    "--stage",
    "stages",
    multiple=True,
    metavar="NAME[,NAME]...",
    shell_complete=stage_names,
    help="Stages to train, in the curriculum's order: tool-use, agentic, full, a plugin's, or all.  [default: all]",
)
@click.option(
    "--data",
    metavar="FILE",
    type=click.Path(),
    help="The dataset; without it dataset.jsonl, and where that is missing the package's rows (data.shipped).",
)
@click.option("--model", metavar="M", help="A Hugging Face id, a folder, a GGUF file, nano or smollm2.")
@click.option("--backend", metavar="B", shell_complete=backend_names, help="mlx, cuda, a plugin's, or auto.")
@click.option(
    "--profile", metavar="P", shell_complete=profile_names, help="A machine's settings by name, or a YAML file."
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="KEY=VALUE",
    help="One setting, such as train.epochs=2 or stages.full.train.epochs=1; see `vibecoder config show`.",
)
@click.option("--adapter", metavar="DIR", type=click.Path(), help="Begin from this adapter instead of a fresh one.")
@click.option("--output", metavar="DIR", type=click.Path(), help="Where runs go.  [default: runs]")
@click.option("--name", metavar="NAME", help="The run's folder in there.  [default: the time and the model]")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    metavar="N",
    help="Seed of the split, the order, the adapter and dropout.",
)
@click.option("--push", metavar="USER/REPO", help="Upload the finished adapter to Hugging Face.")
@click.option(
    "--max-hours",
    type=click.FloatRange(0, min_open=True),
    metavar="H",
    help="Stop after the step in which H hours are over: saved, exit status 0, --resume goes on.",
)
@click.option(
    "--throttle",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="Train this share of the time and sleep the rest; 0.5 keeps a laptop cool.",
)
@click.option(
    "--on-regression",
    type=click.Choice(("stop", "warn")),
    help="What the gate does about a stage that made something worse.  [default: stop]",
)
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
@click.option(
    "--resume",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[RUN_DIR]",
    help="Go on with a stopped run, the newest one without a folder. It keeps its own settings.",
)
@json_option
@click.pass_context
def train(
    ctx: click.Context,
    stages: tuple[str, ...],
    data: str | None,
    model: str | None,
    backend: str | None,
    profile: str | None,
    sets: tuple[str, ...],
    output: str | None,
    name: str | None,
    seed: int | None,
    push: str | None,
    adapter: str | None,
    max_hours: float | None,
    throttle: float | None,
    on_regression: str | None,
    dry_run: bool,
    resume: str | None,
    json_output: bool,
) -> None:
    """Train an adapter, stage by stage.

    Each stage begins with the adapter of the one before it. Ctrl-C saves; --resume goes on from there. `kill -USR1`
    pauses after the step and goes on again; so do Ctrl-Z and `fg`, at once.

    \b
    vibecoder train --stage all                        the whole curriculum, on dataset.jsonl or the package's rows
    vibecoder train --stage tool-use --model nano      one stage on the embedded model, offline
    vibecoder train --data mine.jsonl --set train.epochs=2 --set stages.full.train.epochs=1
    vibecoder train --dry-run                          what would be trained, on what, for how many steps
    vibecoder train --resume                           go on with the newest run that was stopped
    vibecoder train --push me/companion                upload the result
    """
    if resume is not None:
        clashing = [param for param in _OWN_SETTINGS if _is_given(ctx.params[param])]
        if clashing:
            option = "--set" if "sets" in clashing else "--stage" if "stages" in clashing else f"--{clashing[0]}"
            raise click.UsageError(
                f"--resume goes on with the run's own settings; drop {option.replace('_', '-')}", ctx
            )
        from vibecoder.running.run import resume as resume_run

        folder = Path(resume) if resume else None
        result = resume_run(folder, json_output=json_output, max_hours=max_hours, throttle=throttle)
        ctx.exit(result.exit_status)

    from vibecoder.planning.plan import Request, decide, plan_run

    request = Request(
        stages=stages or ("all",),
        data=data,
        model=model,
        backend=backend,
        profile=profile,
        sets=(*sets, *((f"evaluate.on_regression={on_regression}",) if on_regression else ())),
        output=output,
        name=name,
        seed=seed,
        push=push,
        adapter=adapter,
        max_hours=max_hours,
        throttle=throttle,
    )
    from vibecoder.dataset import first_rows

    decided = decide(request)
    if dry_run:
        from vibecoder.planning.describe import describe, plan_json

        plan = plan_run(decided)
        plan = replace(plan, notices=(*first_rows.announcement(plan.settings), *plan.notices))
        click.echo(json.dumps(plan_json(plan), indent=2) if json_output else describe(plan))
        return
    from vibecoder.running.run import progress_of, run

    progress = progress_of(decided.backend.spec.rank_and_world()[0], json_output)
    try:
        first_rows.make(decided.settings, decided.registry, progress)
        plan = plan_run(decided)
    finally:
        progress.close()
    ctx.exit(run(plan, progress).exit_status)


def _is_given(value: object) -> bool:
    return value is not None and value is not False and value != ()
