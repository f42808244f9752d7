"""`vibecoder doctor`: what is installed, what would be used and why, what is missing and the command that fixes it."""

from __future__ import annotations

import dataclasses
import json

import click

from vibecoder.cli.completion import profile_names
from vibecoder.cli.options import json_option

__all__ = ["doctor"]

_MARKS = {"ok": ("ok", "green"), "note": ("note", "yellow"), "bad": ("bad", "red")}


@click.command(short_help="Say what is installed, what would be used and what is missing.")
@click.option(
    "--profile",
    default="auto",
    metavar="P",
    shell_complete=profile_names,
    help="A machine's settings by name, or a YAML file.",
)
@click.option("--model", metavar="M", help="Predict the memory of training this model; fetches its config.json alone.")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="As `vibecoder train` takes it.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, profile: str, model: str | None, sets: tuple[str, ...], json_output: bool) -> None:
    """Say what is installed, what would be used and why, what is missing and the command that fixes it.

    The exit status is 0 where a run could start, and 1 where something marked bad keeps it from that.
    """
    from vibecoder.doctor import diagnose

    diagnosis = diagnose(profile, sets, model)
    if json_output:
        findings = [dataclasses.asdict(finding) for finding in diagnosis.findings]
        packages = [dataclasses.asdict(package) for package in diagnosis.packages]
        document = {"healthy": diagnosis.healthy, "findings": findings, "packages": packages}
        click.echo(json.dumps(document, indent=2))
        ctx.exit(0 if diagnosis.healthy else 1)

    for finding in diagnosis.findings:
        mark, colour = _MARKS[finding.status]
        click.echo(f"{click.style(f'{mark:5}', fg=colour)}{finding.topic:10} {finding.text}")
    click.echo()
    for extra in dict.fromkeys(package.extra for package in diagnosis.packages):
        wanted = [package for package in diagnosis.packages if package.extra == extra]
        present = ", ".join(f"{package.name} {package.installed}" for package in wanted if package.installed)
        missing = ", ".join(package.name for package in wanted if not package.installed)
        parts = [part for part in (present, missing and f"not installed: {missing}") if part]
        click.echo(f"{click.style(f'[{extra}]' if extra else 'always', bold=True)} {'; '.join(parts)}")
    ctx.exit(0 if diagnosis.healthy else 1)
