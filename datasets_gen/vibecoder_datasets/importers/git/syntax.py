"""Tells whether a file of a known language parses: Python, JSON, TOML, YAML, TypeScript, JavaScript, Rust and Go."""

from __future__ import annotations

import ast
import json
import tomllib
import warnings
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

import yaml

from vibecoder_datasets.importers.git.paths import language

__all__ = ["parser_of", "parses", "python_tree"]

_GRAMMARS = {
    "rust": ("tree_sitter_rust", "language"),
    "go": ("tree_sitter_go", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "javascript": ("tree_sitter_typescript", "language_tsx"),
    "jsx": ("tree_sitter_typescript", "language_tsx"),
}


def parses(path: str, content: bytes) -> bool | None:
    """Tell whether the file's text is correct by its language's grammar; None if there is no parser for it here."""
    name = language(path)
    if name in _GRAMMARS:
        parser = parser_of(name)
        return None if parser is None else not parser.parse(content).root_node.has_error
    check = _CHECKS.get(name)
    if check is None:
        return None
    try:
        check(content)
    except (ValueError, SyntaxError, RecursionError, MemoryError, yaml.YAMLError):
        return False
    return True


def python_tree(content: bytes | str) -> ast.Module:
    """Return the syntax tree of Python text, without its warnings.

    Raises:
        SyntaxError, ValueError: it is not Python of this version.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(content)


@lru_cache(maxsize=8)
def parser_of(name: str) -> Any | None:
    """Return tree-sitter's parser of a language by the name `language` gives; None where it is not installed."""
    module, function = _GRAMMARS[name]
    try:
        sitter, grammar = import_module("tree_sitter"), import_module(module)
    except ImportError:
        return None
    return sitter.Parser(sitter.Language(getattr(grammar, function)()))


def _yaml(content: bytes) -> None:
    for _ in yaml.parse(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        pass


_CHECKS: dict[str, Callable[[bytes], object]] = {
    "python": python_tree,
    "json": json.loads,
    "toml": lambda content: tomllib.loads(content.decode()),
    "yaml": _yaml,
}
