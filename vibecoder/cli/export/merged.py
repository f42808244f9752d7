"""`vibecoder export merged`: a tuned model as a folder of safetensors at full precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vibecoder.cli.export.common import carry_out, export_options
from vibecoder.cli.options import PATH

__all__ = ["merged"]


@click.command(short_help="A folder of safetensors at full precision, for transformers, vLLM and mlx-lm.")
@click.option(
    "--output", metavar="DIR", type=PATH, required=True, help="The folder to write; an earlier export's may be."
)
@export_options
@click.pass_context
def merged(ctx: click.Context, /, output: Path, json_output: bool, **options: Any) -> None:
    """Merge an adapter into its full-precision base and write the result as safetensors.

    The numbers keep the base's precision, one tensor is in memory at a time. A folder that fails the test against the
    trainer's model is renamed to DIR.failed, and the exit status is 1.

    \b
    vibecoder export merged --adapter runs/friday/adapter --output exports/friday-merged
    """
    from vibecoder.export.request import ExportRequest
    from vibecoder.export.run import export_merged

    carry_out(ctx, export_merged, ExportRequest(output=output, **options), json_output)
