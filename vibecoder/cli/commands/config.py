"""`vibecoder config`: the settings in effect with the layer each comes from, and their reference."""

from __future__ import annotations

import json
from typing import Any

import click

from vibecoder.cli.completion import profile_names, stage_names
from vibecoder.cli.options import json_option
from vibecoder.cli.output import open_console, table_of

__all__ = ["config"]


@click.group(short_help="Show the settings and where each comes from.")
def config() -> None:
    """Show the settings and where each comes from."""


@config.command(short_help="Print the settings in effect here, and the layer each value comes from.")
@click.argument("keys", nargs=-1)
@click.option("--stage", metavar="NAME", shell_complete=stage_names, help="The settings of this stage.")
@click.option(
    "--profile",
    default="auto",
    metavar="P",
    shell_complete=profile_names,
    help="A machine's settings by name, or a YAML file.",
)
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="As `vibecoder train` takes it.")
@json_option
def show(keys: tuple[str, ...], stage: str | None, profile: str, sets: tuple[str, ...], json_output: bool) -> None:
    """Print the settings in effect here, and the layer each value comes from.

    KEYS are settings or sections, such as train.epochs or lora; without any, all are printed.
    """
    from vibecoder import plugins
    from vibecoder.config import check_stage_names, find_project, load_layers, origins, profiles, stage_settings
    from vibecoder.errors import ConfigError, suggestion
    from vibecoder.system import machine

    registry = plugins.load()
    chosen = profiles.choose_profile(machine.detect(), profile)
    layers = load_layers(chosen, find_project(), sets)
    check_stage_names(layers, registry.stages)
    of_stage = registry.select_stages([stage])[0] if stage else None
    stage_settings(layers, of_stage)
    found = origins(layers, of_stage)
    sections = {name.split(".")[0] for name in found}
    for key in keys:
        if key not in found and key not in sections:
            raise ConfigError(f"unknown setting {key}{suggestion(key, [*found, *sections])}")
    wanted = {n: v for n, v in found.items() if not keys or n in keys or n.split(".")[0] in keys}
    if json_output:
        rows = {name: {"value": value, "from": source} for name, (value, source) in wanted.items()}
        click.echo(json.dumps({"profile": chosen.name, "reason": chosen.reason, "settings": rows}, indent=2))
        return

    from rich.text import Text

    table = table_of("setting", "value", "from")
    for name, (value, source) in wanted.items():
        table.add_row(name, Text(_shown(value)), Text(source))
    console = open_console()
    console.print(Text(f"profile {chosen.name}: {chosen.reason}\n"))
    console.print(table)


@config.command(short_help="Print the reference of all settings as Markdown.")
def reference() -> None:
    """Print the reference of all settings as Markdown, which is docs/configuration.md."""
    from vibecoder import plugins
    from vibecoder.config.reference import reference as page

    click.echo(page(list(plugins.load().backends.values())), nl=False)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value) or '""'
