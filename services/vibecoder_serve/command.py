"""`vibecoder serve`: a model and its adapters over OpenAI's API on this machine."""

from __future__ import annotations

import importlib.util
from contextlib import suppress
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from vibecoder_serve.app import Served

__all__ = ["serve"]


@click.command()
@click.argument("target", metavar="MODEL|ADAPTER|GGUF")
@click.option(
    "--adapter",
    "adapters",
    multiple=True,
    metavar="[NAME=]DIR",
    help="An adapter of the model, under a name of its own. May be given several times.",
)
@click.option("--model", metavar="M", help="The model that a GGUF file was made of: its prompts are those of training.")
@click.option("--engine", default="auto", show_default=True, metavar="E", help="llama.cpp, mlx, cuda or auto.")
@click.option("--quant", "quantization", default="F16", show_default=True, metavar="Q", help="Of llama.cpp's copy.")
@click.option("--num-ctx", "context", type=click.IntRange(64), metavar="N", help="Tokens of context.  [default: 8192]")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="The address to listen on.")
@click.option("--port", default=8041, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
def serve(
    target: str,
    adapters: tuple[str, ...],
    model: str | None,
    engine: str,
    quantization: str,
    context: int | None,
    host: str,
    port: int,
) -> None:
    """Serve a model and adapters on it, each by its name, over OpenAI's API: chat, tools, completions, streaming.

    llama.cpp runs them where it is installed, else a training backend. The prompts are those of training. Calls that
    the model writes as bare JSON or in a fence are handed on as tool calls, and counted.

    \b
    vibecoder serve nano
    vibecoder serve runs/friday/adapter
    vibecoder serve nano --adapter champion=runs/monday/adapter --adapter candidate=runs/friday/adapter
    """
    from vibecoder.errors import ConfigError

    missing = [name for name in ("starlette", "uvicorn") if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"{' and '.join(missing)} is not installed; install it with: pip install 'vibecoder[serve]'")
    from vibecoder_serve.targets import find_target, open_served

    served = open_served(find_target(target, adapters, model), engine, context, quantization)
    try:
        _run(served, host, port)
    finally:
        served.engine.close()
        click.echo(served.summary())


def _run(served: Served, host: str, port: int) -> None:
    """Listen until interrupted."""
    import socket

    import uvicorn

    from vibecoder.errors import OutputError
    from vibecoder_serve.app import application

    # asyncio sends small answers at once only where the protocol is named; without it each request waits 40 ms more.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(64)  # who reads the line below may connect at once
    except OSError as error:
        listening.close()
        raise OutputError(f"cannot listen on {host}:{port} ({error.strerror}); choose another --port") from error
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"http://{shown}:{listening.getsockname()[1]}/v1  {', '.join(served.models)}  ({served.engine.name})")
    server = uvicorn.Server(uvicorn.Config(application(served, host), log_level="warning", lifespan="off"))
    with suppress(KeyboardInterrupt):  # how it is meant to be stopped
        server.run(sockets=[listening])
