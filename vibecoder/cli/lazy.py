"""A click group that imports a subcommand's module only when that subcommand is invoked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

import click

__all__ = ["LazyGroup", "Offered"]


class Offered(Protocol):
    """A command from elsewhere: `target` is its `module:attribute`, `source` names where it comes from."""

    @property
    def name(self) -> str: ...

    @property
    def summary(self) -> str: ...

    @property
    def target(self) -> str: ...

    @property
    def source(self) -> str: ...


class LazyGroup(click.Group):
    """Subcommands by name: `lazy` maps each to its `module:attribute` and the line that `--help` shows for it.

    The line is given here as well as in the command because reading it there would import the command. `more` lists
    commands from elsewhere; it is asked only by `--help`, by completion and for a name that `lazy` does not have.
    """

    def __init__(
        self,
        *args: Any,
        lazy: Mapping[str, tuple[str, str]],
        more: Callable[[], Sequence[Offered]] = tuple,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lazy, self.more = lazy, more

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.lazy, *(name for name in self._offered()[0] if name not in self.lazy)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.lazy:
            return self._load(self.lazy[cmd_name][0])
        offered = self._offered()[0].get(cmd_name)
        if offered is None:
            return None
        try:
            return self._load(offered.target)
        except Exception as error:
            from vibecoder.errors import PluginError

            reason = f"{type(error).__name__}: {error}".split("\n")[0]
            raise PluginError(
                f"the command {cmd_name} of the plugin {offered.source} cannot be loaded: {reason}; "
                "upgrade or uninstall the plugin"
            ) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        offered, problems = self._offered()
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.lazy.items()])
        own = [(item.name, item.summary) for item in offered.values() if item.name not in self.lazy]
        if own:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(own)
        if problems:
            with formatter.section("Plugins with a problem"):
                formatter.write_dl([("", problem) for problem in problems])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.lazy:
            names = self.list_commands(ctx)
            if args[0] not in names:
                from vibecoder.errors import suggestion

                ctx.fail(f"unknown command {args[0]}{suggestion(args[0], names)}")
        return super().resolve_command(ctx, args)

    def _offered(self) -> tuple[dict[str, Offered], list[str]]:
        """List the commands from elsewhere, and what is wrong with them; nothing wrong there may break this group."""
        try:
            offered = {item.name: item for item in self.more()}
        except Exception as error:
            return {}, [f"their commands are missing: {str(error).splitlines()[0]}; see `vibecoder plugins`"]
        problems = [
            f"the plugin {item.source} offers the command {item.name}, which vibecoder has itself; rename it"
            for item in offered.values()
            if item.name in self.lazy
        ]
        return offered, problems

    @staticmethod
    def _load(target: str) -> click.Command:
        module, _, attribute = target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command
