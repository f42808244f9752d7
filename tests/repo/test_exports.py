"""The public surface: sorted, importable, and every module's `__all__` true."""

from __future__ import annotations

import importlib
import pkgutil
from importlib import metadata

import pytest

import vibecoder

MODULES = [
    module.name
    for module in pkgutil.walk_packages(vibecoder.__path__, "vibecoder.")
    if not module.name.endswith("__main__")
]


def by_name(names: list[str]) -> list[str]:
    """Constants first, then classes, then the rest, each by name, as ruff sorts `__all__`."""
    return sorted(names, key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name))


def test_what_a_plugin_needs_is_at_the_top() -> None:
    assert vibecoder.__all__ == by_name(vibecoder.__all__)
    for name in vibecoder.__all__:
        assert getattr(vibecoder, name) is not None
        assert name in dir(vibecoder)
    assert vibecoder.__version__ == metadata.version("vibecoder")
    with pytest.raises(AttributeError, match="has no attribute 'Stages'"):
        vibecoder.Stages  # noqa: B018


@pytest.mark.parametrize("name", MODULES)
def test_every_module_exports_what_it_says(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    assert list(getattr(module, "__all__", [])) == by_name(getattr(module, "__all__", []))
    for exported in getattr(module, "__all__", []):
        assert hasattr(module, exported)
