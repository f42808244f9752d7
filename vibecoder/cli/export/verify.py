"""`vibecoder export verify`: hold a finished export against the trainer's model once more."""

from __future__ import annotations

import json
from pathlib import Path

import click

from vibecoder.cli.completion import backend_names
from vibecoder.cli.options import PATH, json_option

__all__ = ["verify"]


@click.command(short_help="Hold a finished export against the trainer's model.")
@click.argument("path", metavar="PATH", type=PATH)
@click.option("--model", metavar="M", help="The base model.  [default: as the export's record says]")
@click.option("--adapter", metavar="DIR", type=PATH, help="The adapter.  [default: as the export's record says]")
@click.option("--backend", metavar="B", shell_complete=backend_names, help="mlx, cuda, a plugin's, or auto.")
@click.option("--data", metavar="FILE", help="The rows to test with.  [default: those of the adapter's run]")
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    path: Path,
    model: str | None,
    adapter: Path | None,
    backend: str | None,
    data: str | None,
    json_output: bool,
) -> None:
    """Test a GGUF file, or a folder of `export merged`, `export mlx` or `export gguf`; the exit status is 1 on failure.

    \b
    vibecoder export verify exports/friday
    vibecoder export verify model.gguf --model Qwen/Qwen2.5-Coder-1.5B-Instruct
    """
    from vibecoder.export.verify import verify_export
    from vibecoder.progress.display import make_progress, silent_progress

    progress = silent_progress() if json_output else make_progress(False)
    try:
        found = verify_export(path, model, adapter, backend, data, progress)
    finally:
        progress.close()
    passed = all(truth.passed for truth in found)
    if json_output:
        click.echo(json.dumps({"passed": passed, "truth": {each.subject: each.as_dict() for each in found}}, indent=2))
    else:
        for each in found:
            click.echo(f"{each.subject}: {'passed' if each.passed else 'FAILED'}")
    ctx.exit(0 if passed else 1)
