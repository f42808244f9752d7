"""Plugins: loaded from entry points into one registry, and the choice of a backend among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vibecoder.plugins.registry import BrokenPlugin as BrokenPlugin
    from vibecoder.plugins.registry import Registry as Registry
    from vibecoder.plugins.registry import load as load

__all__ = ["BrokenPlugin", "Registry", "load"]


def __getattr__(name: str) -> Any:
    if name in __all__:  # imported when first used: the command line reads `plugins.commands` without pluggy
        from vibecoder.plugins import registry

        return getattr(registry, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
