"""Refer to a function by its place, so that a plugin's descriptor imports nothing until it is called."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["lazily"]


def lazily(target: str, *arguments: Any) -> Callable[..., Any]:
    """Return a function that imports `module:attribute` when first called, and calls it with `arguments` in front."""
    module, _, attribute = target.partition(":")

    def call(*more: Any, **named: Any) -> Any:
        return getattr(import_module(module), attribute)(*arguments, *more, **named)

    call.__name__ = attribute
    call.__doc__ = f"Call {target}."
    return call
