"""`vibecoder eval`: what a model makes of suites of prompts, a verdict each, and a table of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vibecoder.cli.completion import backend_names
from vibecoder.cli.options import PATH, json_option
from vibecoder.cli.output import open_console, table_of
from vibecoder.cli.text import visible

if TYPE_CHECKING:
    from vibecoder.evaluate.types import Verdict

__all__ = ["evaluate"]


def _suite_names(_: click.Context, __: click.Parameter, incomplete: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    from vibecoder import plugins
    from vibecoder.evaluate.suites.by_name import available

    return [CompletionItem(name) for name in [*available(plugins.load()), "all"] if name.startswith(incomplete)]


@click.command("eval", short_help="Evaluate a model, with or without an adapter, on suites of prompts.")
@click.option("--model", metavar="M", help="Id, folder or nano.  [default: the adapter's base, else model.name]")
@click.option("--adapter", metavar="DIR", type=PATH, help="Evaluate the model with this adapter.")
@click.option(
    "--suite",
    "suites",
    multiple=True,
    metavar="NAME[:PATH]",
    shell_complete=_suite_names,
    help="static, tool-calls, canary, regression, identity, a plugin's, or all; bfcl:PATH and humaneval:PATH are "
    "published files. May be repeated.  [default: all that need no file]",
)
@click.option("--backend", metavar="B", shell_complete=backend_names, help="mlx, cuda, a plugin's, or auto.")
@click.option(
    "--data",
    metavar="FILE",
    help="The dataset whose held-out rows are asked.  [default: the one that the adapter was trained on]",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most N prompts of each suite, evenly spread.")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="One setting, such as model.precision=float32.")
@click.option("--output", metavar="DIR", type=PATH, help="The results folder.  [default: evaluations/TIME-MODEL]")
@click.option("--resume", is_flag=True, help="Go on with a stopped evaluation in --output.")
@json_option
@click.pass_context
def evaluate(
    ctx: click.Context,
    model: str | None,
    adapter: Path | None,
    suites: tuple[str, ...],
    backend: str | None,
    data: str | None,
    limit: int | None,
    sets: tuple[str, ...],
    output: Path | None,
    resume: bool,
    json_output: bool,
) -> None:
    """Ask a model the prompts of suites, greedily, and judge every reply.

    Code is run under limits, tool calls are compared by structure, patches are applied and tested. Verdicts lie in the
    results folder, a line each as they are made; compare two folders with `vibecoder compare`.

    \b
    vibecoder eval --model nano                                   every suite, on the embedded model
    vibecoder eval --adapter runs/one/adapter --suite tool-calls  rows that its training held out
    vibecoder eval --suite humaneval:HumanEval.jsonl.gz           a published suite, in its own file
    vibecoder eval --output evaluations/one --resume              go on with a stopped one
    """
    if resume and output is None:
        raise click.UsageError("--resume goes on with the evaluation in a folder; name it with --output", ctx)
    from vibecoder.evaluate.request import EvaluationRequest, plan_evaluation, run_evaluation
    from vibecoder.evaluate.summary import summary
    from vibecoder.progress.display import make_progress, silent_progress

    request = EvaluationRequest(model, adapter, suites, backend, data, output, limit, sets, resume)
    evaluation = plan_evaluation(request)
    progress = silent_progress() if json_output else make_progress(False)
    try:
        for notice in evaluation.notices:
            progress.notice(notice)
        verdicts = run_evaluation(evaluation, progress)
    finally:
        progress.close()
    rows = summary(verdicts)
    about = json.loads((evaluation.folder / "eval.json").read_text(encoding="utf-8"))
    if json_output:
        click.echo(json.dumps({"folder": str(evaluation.folder), **about, "summary": rows}, indent=2))
        return
    _print(rows, verdicts, about, evaluation.folder)


def _print(
    rows: Sequence[Mapping[str, Any]], verdicts: Sequence[Verdict], about: Mapping[str, Any], folder: Path
) -> None:
    from rich.text import Text

    console = open_console()
    figures = ("prompts", "passed", "score", "format", "ended", "tokens")
    table = table_of("suite", *figures, right=figures)
    for row in rows:
        depth = bool(row["category"]) + bool(row["subcategory"])
        name = row["subcategory"] or row["category"] or row["suite"]
        table.add_row(
            Text("  " * depth + visible(name), "" if depth else "bold"),
            str(row["prompts"]),
            f"{row['passed']} ({row['passed'] / row['prompts']:.0%})",
            f"{row['score']:.1%}",
            f"{row['format']:.0%}" if "format" in row else "",
            f"{row['stopped']:.0%}",
            f"{row['tokens']:.0f}",
        )
    console.print(table)
    for row in rows:
        if not row["category"] and "served" in row:
            console.print(
                f"\n{row['suite']}: right calls in tags {row['tagged']:.1%}; as servers parse them: "
                f"Hermes {row['hermes']:.1%}, JSON fences {row['fenced']:.1%}, bare JSON {row['bare']:.1%}",
                soft_wrap=True,
            )
    lost = [verdict for verdict in verdicts if verdict.must_pass and not verdict.passed]
    if lost:
        console.print(f"\n{len(lost)} must-pass prompts fail, the first: {lost[0].prompt}: {visible(lost[0].reason)}")
    rate = about.get("tokens_per_second")
    console.print(f"\n{about['tokens']} tokens at {rate}/s; results: {folder}", soft_wrap=True)
