"""`vibecoder export gguf`: a tuned model as one file for llama.cpp, Ollama and LM Studio."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vibecoder.cli.export.common import carry_out, export_options
from vibecoder.cli.options import PATH

__all__ = ["gguf"]


@click.command(short_help="One file for llama.cpp, Ollama and LM Studio, quantized.")
@click.option(
    "--quant",
    "quantizations",
    multiple=True,
    metavar="Q",
    help="F32, F16, BF16, Q8_0, Q6_K, Q5_K_M or Q4_K_M; may be given several times.  [default: Q4_K_M]",
)
@click.option("--output", metavar="DIR", type=PATH, required=True, help="The folder to write the files into.")
@click.option(
    "--weigh/--no-weigh",
    default=True,
    help="Weigh columns by their inputs on rows of the run (an importance matrix).  [default]",
)
@click.option("--adapter-only", is_flag=True, help="The adapter alone, for llama.cpp's --lora; F16, or --quant F32.")
@export_options
@click.pass_context
def gguf(
    ctx: click.Context,
    /,
    output: Path,
    quantizations: tuple[str, ...],
    adapter_only: bool,
    json_output: bool,
    **options: Any,
) -> None:
    """Merge an adapter into its base and write the result as GGUF files, one for each quantization.

    Each file is then held against the trainer's model by llama.cpp itself: token ids, renderings, distributions, and
    tool calls over HTTP. One that fails is renamed to NAME.gguf.failed, and the exit status is 1.

    \b
    vibecoder export gguf --adapter runs/friday/adapter --output exports/friday
    vibecoder export gguf --model nano --quant Q8_0 --quant Q4_K_M --output exports/nano
    """
    from vibecoder.export.request import ExportRequest
    from vibecoder.export.run import export_gguf, export_lora

    if adapter_only and options["adapter"] is None:
        raise click.UsageError("--adapter-only writes an adapter; give its folder with --adapter", ctx)
    request = ExportRequest(
        output=output, quantizations=quantizations or ("F16" if adapter_only else "Q4_K_M",), **options
    )
    carry_out(ctx, export_lora if adapter_only else export_gguf, request, json_output)
