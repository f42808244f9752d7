"""`vibecoder export gguf`: a tuned model as one file for llama.cpp, Ollama and LM Studio."""

from __future__ import annotations

import json
from pathlib import Path

import click

from vibecoder.cli.options import PATH, json_option

__all__ = ["gguf"]


@click.command(short_help="One file for llama.cpp, Ollama and LM Studio, quantized.")
@click.option("--model", metavar="M", help="Id, folder or nano.  [default: the adapter's base]")
@click.option("--adapter", metavar="DIR", type=PATH, help="The adapter to merge into the model.")
@click.option(
    "--quant",
    "quantizations",
    multiple=True,
    default=("Q4_K_M",),
    show_default=True,
    metavar="Q",
    help="F32, F16, BF16, Q8_0, Q6_K, Q5_K_M or Q4_K_M; may be given several times.",
)
@click.option("--output", metavar="DIR", type=PATH, required=True, help="The folder to write the files into.")
@json_option
def gguf(
    model: str | None, adapter: Path | None, quantizations: tuple[str, ...], output: Path, json_output: bool
) -> None:
    """Merge an adapter into its base and write the result as GGUF files, one for each quantization.

    \b
    vibecoder export gguf --adapter runs/friday/adapter --output exports/friday
    vibecoder export gguf --model nano --quant Q8_0 --quant Q4_K_M --output exports/nano
    """
    from vibecoder.export.request import check_installed, file_name, find_model

    check_installed("gguf")

    from vibecoder.cli.output import progress_bar
    from vibecoder.export.gguf.writer import write_gguf
    from vibecoder.system.units import memory

    base = find_model(model, adapter)
    written = []
    for quantization in quantizations:
        target = output / f"{file_name(base, adapter)}-{quantization}.gguf"
        with progress_bar(None, target.name) as advance:
            one = write_gguf(base.folder, target, quantization, adapter, advance=advance)
        written.append(one)
        if not json_output:
            mix = ", ".join(f"{count} {kind}" for kind, count in one.mix.items())
            click.echo(f"{one.path}  {memory(one.size)}  {mix}")
    if json_output:
        files = [
            {"path": str(one.path), "quantization": one.quantization, "bytes": one.size, "mix": dict(one.mix)}
            for one in written
        ]
        click.echo(json.dumps({"model": base.name, "adapter": adapter and str(adapter), "files": files}, indent=2))
