"""Plugins: loaded from entry points into one registry, and the choice of a backend among them."""

from __future__ import annotations

from vibecoder.plugins.registry import BrokenPlugin, Registry, load

__all__ = ["BrokenPlugin", "Registry", "load"]
