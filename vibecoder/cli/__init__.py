"""The command line: `vibecoder COMMAND`, and the one place where errors become a line and an exit status.

Nothing here may import what a command needs: `vibecoder --help` has to answer at once.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from vibecoder.cli.lazy import LazyGroup
from vibecoder.errors import ANOTHER_PATH, VibecoderError, os_reason

if TYPE_CHECKING:
    from vibecoder.plugins.commands import PluginCommand

__all__ = ["cli", "main"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Errors that count even as the cause of another; a refused permission may have been dealt with on the way."""
_DISK = (*_FULL, errno.EACCES, errno.EPERM)
_PLACES = ("--output", "--into", "--png")
"""Options that choose where something is written, in the order of preference."""


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        import vibecoder

        click.echo(f"vibecoder {vibecoder.__version__}")
        ctx.exit()


def _plugin_commands() -> tuple[PluginCommand, ...]:
    from vibecoder.plugins.commands import plugin_commands

    return plugin_commands()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    no_args_is_help=True,
    lazy={
        "train": ("vibecoder.cli.commands.train:train", "Train an adapter, stage by stage."),
        "data": ("vibecoder.cli.data.group:data", "Make, inspect and check the dataset."),
        "eval": (
            "vibecoder.cli.commands.eval:evaluate",
            "Evaluate a model, with or without an adapter, on suites of prompts.",
        ),
        "compare": ("vibecoder.cli.commands.compare:compare", "Compare two models' results, prompt by prompt."),
        "bench": ("vibecoder.cli.commands.bench:bench", "Measure tokens a second, time to first token and memory."),
        "runs": ("vibecoder.cli.commands.runs:runs", "List runs, show one, say what differs between two."),
        "export": (
            "vibecoder.cli.export.group:export",
            "Write a tuned model as GGUF, safetensors or MLX, and prove it.",
        ),
        "push": ("vibecoder.cli.commands.push:push", "Upload a trained adapter to Hugging Face."),
        "doctor": (
            "vibecoder.cli.commands.doctor:doctor",
            "Say what is installed, what would be used and what is missing.",
        ),
        "plugins": (
            "vibecoder.cli.commands.plugins:plugins",
            "List the backends, stages, generators, rewards, importers, suites and commands.",
        ),
        "config": ("vibecoder.cli.commands.config:config", "Show the settings and where each comes from."),
        "completion": ("vibecoder.cli.completion:completion", "Print the completion script of a shell."),
    },
    more=_plugin_commands,
    epilog="Begin with `vibecoder doctor`, then `vibecoder train --stage all`.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Print it.")
@click.option("--debug", is_flag=True, expose_value=False, help="On an error show the traceback; goes anywhere.")
def cli() -> None:
    """Tune a small open coding model into your own coding companion."""


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 our mistake, 2 the user's, 130 interrupted."""
    given = list(sys.argv[1:] if args is None else args)
    debug = "--debug" in given
    try:
        status = cli.main([arg for arg in given if arg != "--debug"], prog_name="vibecoder", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        if debug and not isinstance(error, click.ClickException):
            import traceback

            traceback.print_exception(error)
        message, status = _explain(error)
        if message:
            _print_error(_with_option(message, given))
    sys.exit(status if isinstance(status, int) else 0)


def _explain(error: BaseException) -> tuple[str, int]:
    """Return the line to print for an error, and the exit status."""
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return "interrupted", 130
    if isinstance(error, VibecoderError):
        return str(error), error.exit_status
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return "", 2
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        where = f" (see `{context.command_path} --help`)" if context else ""
        return error.format_message().rstrip(".") + where, 2
    if isinstance(error, BrokenPipeError):  # the reader of our output, `head` for instance, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return "", 1
    for cause in _chain(error):
        if isinstance(cause, OSError) and (cause.errno in _DISK if cause is error else cause.errno in _FULL):
            return f"{_place(cause)}: {os_reason(cause)}", 2
        if "No space left on device" in str(cause):  # libraries that write through Rust or C++ raise their own types
            return os_reason(OSError(errno.ENOSPC, "")), 2
    what = f"{type(error).__name__}: {error}".strip().rstrip(":")
    return f"internal error: {what}; run again with --debug for the traceback", 1


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _place(error: OSError) -> str:
    target = error.filename2 or error.filename
    return f"cannot use {os.fsdecode(target)}" if isinstance(target, (str, bytes)) else "cannot write"


def _with_option(message: str, arguments: Sequence[str]) -> str:
    """Complete the advice to choose another path with the option of the command that does."""
    if ANOTHER_PATH not in message:
        return message
    command: click.Command | None = cli
    for argument in arguments:
        if isinstance(command, click.Group) and not argument.startswith("-"):
            command = command.get_command(click.Context(command), argument)
    options = {option for param in command.params for option in param.opts} if command else set()
    place = next((option for option in _PLACES if option in options), None)
    return message.replace(ANOTHER_PATH, f"{ANOTHER_PATH} with {place}") if place else message


def _print_error(message: str) -> None:
    click.echo(click.style("error: ", fg="red", bold=True) + " ".join(message.split()), err=True)
