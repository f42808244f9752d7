"""`vibecoder plugins`: list what is registered, and what is broken with the reason."""

from __future__ import annotations

import json
from typing import Any

import click

from vibecoder.cli.options import json_option
from vibecoder.cli.output import open_console, table_of

__all__ = ["plugins"]


@click.command(short_help="List the backends, stages, generators, rewards, importers, suites and commands.")
@json_option
def plugins(json_output: bool) -> None:
    """List backends, stages, generators, rewards, importers, suites and commands, their plugins, and broken plugins."""
    from vibecoder import plugins as registry_of

    registry = registry_of.load()
    rows: list[dict[str, Any]] = []
    for kind in ("backends", "stages", "generators", "rewards", "importers", "suites", "commands"):
        found = getattr(registry, kind).values()
        for item in sorted(found, key=lambda item: (getattr(item, "order", 0), item.name)):
            source = registry.sources[f"vibecoder_{kind}", item.name]
            rows.append({"kind": kind, "name": item.name, "summary": item.summary, "plugin": source})
    broken = [{"plugin": item.name, "source": item.source, "reason": item.reason} for item in registry.broken]
    if json_output:
        click.echo(json.dumps({"registered": rows, "broken": broken}, indent=2))
        return

    console = open_console()
    table = table_of("kind", "name", "what it is", "plugin")
    for row in rows:
        table.add_row(row["kind"].removesuffix("s"), row["name"], row["summary"], row["plugin"])
    console.print(table)
    for item in broken:
        console.print(f"\nbroken: {item['plugin']} ({item['source']}): {item['reason']}", style="red")
