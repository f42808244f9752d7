"""`vibecoder export mlx`: a tuned model as a quantized folder for mlx-lm and LM Studio."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vibecoder.cli.export.common import carry_out, export_options
from vibecoder.cli.options import PATH

__all__ = ["mlx"]


@click.command(short_help="A quantized folder for mlx-lm and LM Studio.")
@click.option("--quant", default="4bit", show_default=True, metavar="Q", help="4bit or 8bit.")
@click.option(
    "--output", metavar="DIR", type=PATH, required=True, help="The folder to write; an earlier export's may be."
)
@export_options
@click.pass_context
def mlx(ctx: click.Context, /, quant: str, output: Path, json_output: bool, **options: Any) -> None:
    """Merge an adapter into its full-precision base and quantize the result in MLX's own form.

    \b
    vibecoder export mlx --adapter runs/friday/adapter --output exports/friday-mlx
    """
    from vibecoder.export.request import ExportRequest
    from vibecoder.export.run import export_mlx

    carry_out(ctx, export_mlx, ExportRequest(output=output, quantizations=(quant,), **options), json_output)
