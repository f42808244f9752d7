"""Define the seven hooks that a plugin may answer, each with frozen descriptors. See docs/plugins.md for examples."""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from vibecoder.types import BackendSpec, CommandSpec, GeneratorSpec, ImporterSpec, RewardSpec, Stage, SuiteSpec

__all__ = [
    "hookimpl",
    "vibecoder_backends",
    "vibecoder_commands",
    "vibecoder_generators",
    "vibecoder_importers",
    "vibecoder_rewards",
    "vibecoder_stages",
    "vibecoder_suites",
]

hookspec = pluggy.HookspecMarker("vibecoder")
hookimpl = pluggy.HookimplMarker("vibecoder")


@hookspec
def vibecoder_backends() -> Sequence[BackendSpec]:
    """Return ways to train: each opens a base model and trains adapters on it."""


@hookspec
def vibecoder_stages() -> Sequence[Stage]:
    """Return steps of the curriculum, run by ascending `order`."""


@hookspec
def vibecoder_generators() -> Sequence[GeneratorSpec]:
    """Return sources of categorised records."""


@hookspec
def vibecoder_importers() -> Sequence[ImporterSpec]:
    """Return sources of records in a person's own work, each a command `vibecoder data from-NAME`."""


@hookspec
def vibecoder_commands() -> Sequence[CommandSpec]:
    """Return commands `vibecoder NAME`, each loaded when it is run."""


@hookspec
def vibecoder_rewards() -> Sequence[RewardSpec]:
    """Return scorers of replies, for objectives that learn from outcomes; no built-in objective does yet."""


@hookspec
def vibecoder_suites() -> Sequence[SuiteSpec]:
    """Return prompts to evaluate models on, each a name for `vibecoder eval --suite`."""
