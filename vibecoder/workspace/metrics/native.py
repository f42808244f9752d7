"""Measures functions of Rust, TypeScript and Go on the trees of tree-sitter, and tells whether a file parses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any

from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.metrics import labels

__all__ = ["NativeMetrics", "measured", "of_native", "public_names"]

_GRAMMARS = {
    ".rs": ("tree_sitter_rust", "language"),
    ".ts": ("tree_sitter_typescript", "language_typescript"),
    ".go": ("tree_sitter_go", "language"),
}
_FUNCTIONS = ("function_item", "function_declaration", "method_declaration", "method_definition")
_BLOCKS = (
    "if_expression", "match_expression", "for_expression", "while_expression", "loop_expression", "if_statement",
    "for_statement", "for_in_statement", "while_statement", "switch_statement", "expression_switch_statement",
)  # fmt: skip
_BRANCHES = (
    "if_expression", "match_arm", "for_expression", "while_expression", "if_statement", "for_statement",
    "for_in_statement", "while_statement", "switch_case", "expression_case", "ternary_expression",
)  # fmt: skip
_NUMBERS = ("integer_literal", "float_literal", "number", "int_literal")
_PLAIN = ("0", "1", "2", "10", "0.0", "1.0")
_REPEATABLE = ("call_expression", "index_expression", "subscript_expression", "binary_expression", "return_statement",
               "return_expression")  # fmt: skip
_LEAST = 6  # characters of an expression that counts as a repeat


@dataclass(frozen=True, slots=True)
class NativeMetrics:
    """Holds what was counted in a function; less is better everywhere."""

    lines: int
    paths: int
    levels: int
    magic_numbers: int
    repeats: int
    short_names: int

    def label(self, field: str) -> str:
        """Return one number with what it counts."""
        return labels.label(self, field)

    def __str__(self) -> str:
        return labels.labels(self)


def of_native(workspace: Workspace, path: str, name: str) -> str:
    """Return where a function stands, its metrics, and how many public names its file has.

    Raises:
        ToolError: there is no such file or function, the file does not parse, or tree-sitter is not installed.
    """
    text = workspace.text(path)
    found = measured(text, path, name)
    if found is None:
        raise ToolError(f"error: no {name} in {path}")
    metrics, first, last = found
    return f"{path}:{first}-{last} {name}\n{metrics}\n[{len(public_names(text, path))} public names, the file parses]"


def measured(text: str, path: str, name: str) -> tuple[NativeMetrics, int, int] | None:
    """Return the metrics of a function and its first and last line (1-based); None if there is no such function."""
    node = next((node for node in _walk(_root(text, path)) if node.type in _FUNCTIONS and _name(node) == name), None)
    if node is None:
        return None
    first, last = node.start_point[0] + 1, node.end_point[0] + 1
    inner = list(_walk(node))
    operators = sum(child.type in ("&&", "||") for child in inner)
    sources = Counter(child.text for child in inner if child.type in _REPEATABLE and len(child.text) >= _LEAST)
    metrics = NativeMetrics(
        lines=last - first + 1,
        paths=1 + operators + sum(child.type in _BRANCHES for child in inner),
        levels=_levels(node),
        magic_numbers=sum(child.type in _NUMBERS and child.text.decode() not in _PLAIN for child in inner),
        repeats=sum(count - 1 for count in sources.values()),
        short_names=len({child.text for child in inner if child.type == "identifier" and len(child.text) == 1}),
    )
    return metrics, first, last


def public_names(text: str, path: str) -> dict[str, str]:
    """Return what other files may use of a file, each with its signature."""
    found = {}
    for node in _walk(_root(text, path)):
        if node.type in _FUNCTIONS and _is_public(node, path):
            body = node.child_by_field_name("body")
            signature = node.text[: body.start_byte - node.start_byte] if body else node.text
            found[_name(node)] = " ".join(signature.decode().split())
    return found


@lru_cache(maxsize=32)
def _root(text: str, path: str) -> Any:
    """Return the root of a file's tree.

    Raises:
        ToolError: the file does not parse, or tree-sitter or its grammar is not installed.
    """
    module, function = _GRAMMARS[PurePosixPath(path).suffix]
    try:
        sitter, grammar = import_module("tree_sitter"), import_module(module)
    except ImportError as error:
        raise ToolError("error: tree-sitter is not installed; pip install 'vibecoder[datasets]'") from error
    parser = sitter.Parser(sitter.Language(getattr(grammar, function)()))
    tree = parser.parse(text.encode())
    if tree.root_node.has_error:
        wrong = next(node for node in _walk(tree.root_node) if node.type == "ERROR" or node.is_missing)
        raise ToolError(f"error: {path}:{wrong.start_point[0] + 1}: does not parse")
    return tree.root_node


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _name(node: Any) -> str:
    found = node.child_by_field_name("name")
    return found.text.decode() if found else ""


def _is_public(node: Any, path: str) -> bool:
    if path.endswith(".go"):
        return _name(node)[:1].isupper()
    if path.endswith(".ts"):
        return bool(node.parent and node.parent.type == "export_statement")
    return any(child.type == "visibility_modifier" for child in node.children)


def _levels(node: Any) -> int:
    """Return how deep blocks stand in each other; an `else if` stands on the level of its `if`."""
    deepest = 0
    for child in node.children:
        is_next = node.type == "else_clause" and child.type.startswith("if_")
        is_next = is_next or (node.type == "if_statement" and node.child_by_field_name("alternative") == child)
        own = child.type in _BLOCKS and not is_next
        deepest = max(deepest, _levels(child) + own)
    return deepest
