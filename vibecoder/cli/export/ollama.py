"""`vibecoder export ollama`: a GGUF file with its Modelfile, and the model made of them on a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vibecoder.cli.export.common import export_options
from vibecoder.cli.options import PATH

if TYPE_CHECKING:
    from vibecoder.export.ollama.server import OllamaServer

__all__ = ["ollama"]


@click.command(short_help="A GGUF file with its Modelfile, made into a model of Ollama.")
@click.option("--quant", "quantization", default="Q4_K_M", show_default=True, metavar="Q", help="As `export gguf`.")
@click.option("--gguf", "ready", metavar="FILE", type=PATH, help="A GGUF file that was exported before.")
@click.option("--output", metavar="DIR", type=PATH, help="The folder to write both files into.")
@click.option("--name", metavar="NAME[:TAG]", help="The model's name in Ollama.  [default: the file's]")
@click.option("--create", "makes", is_flag=True, help="Upload the file and create the model.")
@click.option("--host", metavar="ADDRESS", help="Of the Ollama server.  [default: OLLAMA_HOST, else 127.0.0.1:11434]")
@click.option("--system", metavar="TEXT", help="The system text.  [default: the one that the chat template has]")
@click.option("--num-ctx", "context", type=click.IntRange(256), metavar="N", help="Tokens of context.  [default: 8192]")
@export_options
@click.pass_context
def ollama(
    ctx: click.Context,
    /,
    quantization: str,
    ready: Path | None,
    output: Path | None,
    name: str | None,
    makes: bool,
    host: str | None,
    system: str | None,
    context: int | None,
    json_output: bool,
    **options: Any,
) -> None:
    """Write a merged, quantized GGUF file and a Modelfile, and create the model on an Ollama server.

    Ollama since 0.34.1 neither converts nor quantizes nor takes adapters, so the file is made here and held against the
    trainer's model as by `export gguf`. The TEMPLATE prints what the model was tuned on; one that cannot be written in
    Go's template language is left out, and said to be.

    \b
    vibecoder export ollama --adapter runs/friday/adapter --output exports/friday --create
    vibecoder export ollama --model nano --gguf exports/nano-Q8_0.gguf --name nano:v1
    """
    import json

    from vibecoder.export.ollama.create import check_name
    from vibecoder.export.ollama.server import OllamaServer
    from vibecoder.export.ollama.write import write_modelfile
    from vibecoder.export.request import file_name, find_model

    if (ready is None) == (output is None):
        raise click.UsageError("give --output DIR, or --gguf FILE with a file that was exported before", ctx)
    base = find_model(options["model"], options["adapter"])
    file_stem = ready.stem if ready else f"{file_name(base, options['adapter'])}-{quantization}"
    name = check_name(name or ":".join(file_stem.lower().rsplit("-", 1)))
    server = OllamaServer.at(host)
    if makes:
        server.version()  # before a file is made for minutes
    file = _found(ready) if ready else _exported(ctx, output or Path(), quantization, json_output, options)
    written = write_modelfile(file, base.folder, system=system, context=context)
    for notice in written.notices:
        click.echo(f"note: {notice}", err=True)
    if makes:
        _create(name, written.path, server)
    if json_output:
        said = {"name": name, "modelfile": str(written.path), "gguf": str(file), "created": makes}
        click.echo(json.dumps({**said, "notices": written.notices}, indent=2))
        return
    click.echo(str(written.path))
    if not makes:
        click.echo(f"ollama create {name} -f {written.path}")
    click.echo(f"ollama run {name}")


def _found(file: Path) -> Path:
    from vibecoder.errors import DataError

    if not file.is_file():
        raise DataError(f"{file} is no file; export one with `vibecoder export gguf`, or give --output instead")
    return file


def _exported(ctx: click.Context, output: Path, quantization: str, json_output: bool, options: dict[str, Any]) -> Path:
    """Export the file; one that fails the truth test is not handed on to Ollama."""
    from vibecoder.export.request import ExportRequest
    from vibecoder.export.run import export_gguf
    from vibecoder.progress.display import make_progress, silent_progress

    progress = silent_progress() if json_output else make_progress(False)
    try:
        result = export_gguf(ExportRequest(output=output, quantizations=(quantization,), **options), progress)
    finally:
        progress.close()
    file = result.files[0]
    if not file.passed:
        click.echo(f"{file.path}: FAILED, not to be used", err=True)
        ctx.exit(1)
    return file.path


def _create(name: str, modelfile: Path, server: OllamaServer) -> None:
    """Create the model, with a bar for what is read and sent and a line for each thing that the server does."""
    from vibecoder.cli.output import progress_bar
    from vibecoder.export.ollama.create import create

    with progress_bar(None) as advance:

        def tell(doing: str, by: int = 0, total: int | None = None) -> None:
            advance(by, doing if total is None else f"{doing} ({total / 1e6:.0f} MB)")

        create(name, modelfile, server, tell)
