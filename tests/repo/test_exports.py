"""The public surface: sorted, importable, and every module's `__all__` true."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from importlib import metadata
from typing import Any, get_args, get_type_hints

import pytest

import vibecoder
from vibecoder import hookspecs
from vibecoder.plugins import registry

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


def mentioned(kind: Any, seen: set[str]) -> set[str]:
    """The names of our types in an annotation, a dataclass's fields or a protocol's methods, and in theirs."""
    for inner in get_args(kind):
        for part in inner if isinstance(inner, list) else [inner]:
            mentioned(part, seen)
    if not getattr(kind, "__module__", "").startswith("vibecoder.types") or kind.__name__ in seen:
        return seen
    seen.add(kind.__name__)
    for hint in get_type_hints(kind).values():
        mentioned(hint, seen)
    for method in vars(kind).values():
        if inspect.isfunction(method) and not method.__name__.startswith("__"):
            for hint in get_type_hints(method).values():
                mentioned(hint, seen)
    return seen


def test_every_type_that_a_hook_mentions_is_at_the_top() -> None:
    found: set[str] = set()
    for name in hookspecs.__all__:
        if name.startswith("vibecoder_"):
            mentioned(get_type_hints(getattr(hookspecs, name))["return"], found)
    assert {"BackendSpec", "TrainJob", "Batch", "Stepped", "Imported", "Judgement", "CommandSpec"} <= found
    assert found <= set(vibecoder.__all__)


def test_descriptors_take_keywords_only() -> None:
    for expected in registry._HOOKS.values():
        assert all(item.kw_only for item in dataclasses.fields(expected)), expected


@pytest.mark.parametrize("name", MODULES)
def test_every_module_exports_what_it_says(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    assert list(getattr(module, "__all__", [])) == by_name(getattr(module, "__all__", []))
    for exported in getattr(module, "__all__", []):
        assert hasattr(module, exported)
