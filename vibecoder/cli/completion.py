"""`vibecoder completion SHELL`: the script that completes commands, options, stages, backends and profiles."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

__all__ = ["backend_names", "completion", "profile_names", "stage_names"]


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:  vibecoder completion bash > ~/.local/share/bash-completion/completions/vibecoder
    zsh:   vibecoder completion zsh > ~/.zfunc/_vibecoder    (with fpath+=~/.zfunc before compinit)
    fish:  vibecoder completion fish > ~/.config/fish/completions/vibecoder.fish
    """
    from vibecoder.cli import cli

    script = get_completion_class(shell)
    assert script is not None
    click.echo(script(cli, {}, "vibecoder", "_VIBECODER_COMPLETE").source())


def stage_names(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """List the stages that complete the name after the last comma; what is before it is kept."""
    from vibecoder import plugins

    before, comma, last = incomplete.rpartition(",")
    stages = [*plugins.load().stages, "all"]
    return [CompletionItem(before + comma + name) for name in stages if name.startswith(last)]


def backend_names(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from vibecoder import plugins

    return [CompletionItem(name) for name in plugins.load().backends if name.startswith(incomplete)]


def profile_names(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from vibecoder.config import profiles

    return [CompletionItem(name) for name in profiles.names() if name.startswith(incomplete)]
