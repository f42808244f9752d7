"""Serve a model, with its adapters by name, over OpenAI's API on this machine. Only its commands are declared here."""

from __future__ import annotations

from collections.abc import Sequence

from vibecoder.hookspecs import hookimpl
from vibecoder.types import CommandSpec

__all__ = ["vibecoder_commands"]


@hookimpl
def vibecoder_commands() -> Sequence[CommandSpec]:
    return [
        CommandSpec(
            name="serve",
            summary="Serve a model and its adapters over OpenAI's API on this machine.",
            target="vibecoder_serve.command:serve",
        ),
        CommandSpec(
            name="chat",
            summary="Talk to a model, or to it and its base side by side; votes become rows.",
            target="vibecoder_serve.chat.command:chat",
        ),
    ]
