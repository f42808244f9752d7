"""`vibecoder bench`: how fast a model answers on this machine and how much memory it takes."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import click

from vibecoder.cli.options import json_option

__all__ = ["bench"]

_QUANTIZATIONS = ("none", "4bit", "8bit")


@click.command(
    short_help="Measure tokens a second, time to first token and memory.",
    epilog="Examples: `vibecoder bench`, `vibecoder bench --model nano --backend cuda --length 64 --length 512`",
)
@click.option(
    "--model",
    "name",
    metavar="M",
    help="Id, folder, GGUF file, nano or smollm2.  [default: model.name]",
)
@click.option("--adapter", metavar="DIR", type=click.Path(path_type=Path), help="Measure with this adapter.")
@click.option("--backend", "wanted", metavar="B", help="mlx, cuda, a plugin's, or auto.  [default: backend]")
@click.option(
    "--quantization",
    "quantizations",
    multiple=True,
    type=click.Choice(_QUANTIZATIONS),
    help="May be given several times.  [default: model.quantization]",
)
@click.option(
    "--length",
    "lengths",
    multiple=True,
    type=click.IntRange(1),
    metavar="N",
    default=(128, 512, 1536),
    show_default=True,
    help="Tokens of the prompt; may be given several times.",
)
@click.option(
    "--tokens", type=click.IntRange(2), default=64, show_default=True, metavar="N", help="Tokens to generate."
)
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True, metavar="N", help="Rounds to measure.")
@json_option
@click.pass_context
def bench(
    ctx: click.Context,
    name: str | None,
    adapter: Path | None,
    wanted: str | None,
    quantizations: tuple[str, ...],
    lengths: tuple[int, ...],
    tokens: int,
    repeats: int,
    json_output: bool,
) -> None:
    """Measure greedy generation of one prompt: time to first token, tokens a second, peak memory.

    Each figure is the median of several rounds after one that warms up. Each quantization runs in a process of its own.
    The exit status is 1 where a configuration could not be measured.
    """
    from vibecoder import config, plugins
    from vibecoder.adapters.folder import check_changes_something, read_adapter
    from vibecoder.config import profiles
    from vibecoder.config.honoured import check_model
    from vibecoder.evaluate.speed import BenchRequest
    from vibecoder.evaluate.speed import bench as measure
    from vibecoder.models import resolve
    from vibecoder.plugins.choose import choose_backend
    from vibecoder.system.machine import detect

    layers = config.load_layers(profiles.choose_profile(detect(), "auto"), config.find_project(), ())
    settings = config.stage_settings(layers)
    registry = plugins.load()
    chosen = choose_backend(registry, wanted or settings.backend)
    model = resolve(name or settings.model.name)
    quantizations = quantizations or (settings.model.quantization,)
    for each in quantizations:
        check_model(model, replace(settings.model, quantization=each), chosen.spec, registry.backends.values())
    if adapter:
        check_changes_something(adapter, read_adapter(adapter))
    order = BenchRequest(
        chosen.spec.name,
        model.folder,
        adapter,
        quantizations,
        lengths,
        tokens,
        settings.model.precision,
        repeats,
    )
    found = []
    for one in measure(order):
        found.append(one)
        if not json_output:
            figures = (
                f"{one.first_token:8.3f} s to first token, {one.rate:8.1f} tokens/s, "
                f"{one.prompt_rate:8.0f} prompt tokens/s, peak {one.peak_memory / 2**30:.2f} GiB"
            )
            click.echo(f"{one.quantization:5} {one.length:6} tokens: {one.problem or figures}")
    if json_output:
        about = {"model": model.name, "backend": chosen.spec.name, "new_tokens": tokens, "repeats": repeats}
        click.echo(json.dumps({**about, "measured": [asdict(one) for one in found]}, indent=2))
    ctx.exit(1 if any(one.problem for one in found) else 0)
