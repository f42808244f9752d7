"""`vibecoder export lint`: what is wrong with a Modelfile."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from vibecoder.cli.options import PATH, json_option

__all__ = ["lint"]


@click.command(short_help="Check a Modelfile for Ollama.")
@click.argument("file", type=PATH, metavar="FILE")
@json_option
@click.pass_context
def lint(ctx: click.Context, file: Path, json_output: bool) -> None:
    """Check a Modelfile: what Ollama refuses (errors), and what it takes otherwise than meant (warnings).

    Ends with status 2 if there is an error.
    """
    from vibecoder.errors import DataError
    from vibecoder.export.ollama.lint import lint as find

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"{file} cannot be read ({error}); give the path of a Modelfile") from error
    found = find(text, file.parent)
    if json_output:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        for finding in found:
            click.echo(str(finding))
        if not found:
            click.echo(f"{file}: nothing to complain of")
    ctx.exit(2 if any(finding.is_error for finding in found) else 0)
