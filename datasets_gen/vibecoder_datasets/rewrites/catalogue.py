"""Lists all rewrites by what they serve, and checks that one improved its function's numbers and kept the API."""

from __future__ import annotations

import ast
from dataclasses import dataclass, fields

from vibecoder.workspace.metrics.python import Metrics, find, measured, public_api
from vibecoder_datasets.rewrites import extract, flow, naming, oddities, repeats
from vibecoder_datasets.rewrites.site import Change, Rewrite, Site, applied

__all__ = ["REWRITES", "Improvement", "Kind", "improvement"]


@dataclass(frozen=True, slots=True)
class Kind:
    """Describes a rewrite, the number of `Metrics` that it is to lower, and what users call the trouble."""

    rewrite: Rewrite
    field: str
    trouble: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Improvement:
    """Describes a change with the metrics of its function before and after it."""

    kind: Kind
    change: Change
    before: Metrics
    after: Metrics


REWRITES: dict[str, tuple[Kind, ...]] = {
    "dry": (
        Kind(extract.shared_helper, "copied_lines", ("copied lines", "copy and paste", "twin code")),
        Kind(flow.shared_tail, "lines", ("branches that end alike", "a doubled line")),
        Kind(flow.same_results, "lines", ("a repeated outcome", "doubled branches")),
        Kind(repeats.named_expression, "repeats", ("repeated expressions", "the same sum over and over")),
        Kind(oddities.named_text, "repeats", ("one text in many places", "repeated strings")),
        Kind(oddities.joined_tests, "paths", ("the same question asked twice", "a repeated test")),
    ),
    "solid": (Kind(extract.extracted, "lines", ("too many jobs", "two responsibilities", "mixed concerns")),),
    "clean code": (
        Kind(oddities.named_number, "magic_numbers", ("bare numbers", "magic numbers", "unexplained constants")),
        Kind(naming.telling_name, "short_names", ("one-letter names", "cryptic names", "names that say nothing")),
        Kind(naming.unused_name, "unused_names", ("leftovers", "names nobody reads")),
        Kind(naming.dead_code, "dead_lines", ("commented-out code", "dead lines")),
        Kind(oddities.expression, "odd_idioms", ("clumsy expressions", "odd idioms", "unpythonic bits")),
    ),
    "refactoring": (
        Kind(flow.guard, "levels", ("deep nesting", "an arrow shape")),
        Kind(flow.else_after_return, "lines", ("needless branches", "an idle else")),
        Kind(flow.boolean_return, "lines", ("a wordy condition", "True and False by hand")),
        Kind(flow.comprehension, "lines", ("a loop for a list", "manual appending")),
        Kind(flow.any_of, "lines", ("a search loop", "a hand-made any")),
        Kind(flow.merged_ifs, "levels", ("nested ifs", "ifs within ifs")),
        Kind(flow.inlined, "lines", ("a needless variable", "a detour")),
    ),
}
_MAY_GROW = {
    "repeats": {"lines": 1},
    "lines": {"repeats": 1},
    "copied_lines": {"lines": 1},
    "levels": {"repeats": 1, "lines": 1},
}
"""What may get a little worse for the sake of a number: a name for an expression takes a line."""


def improvement(site: Site, kind: Kind) -> Improvement | None:
    """Apply a rewrite to a function; None where it does not fit, improves no number or worsens another one."""
    change = kind.rewrite(site)
    if change is None or not change.hunks:
        return None
    text = applied(site.text, change.hunks)
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    node = find(tree, site.name)
    if node is None or public_api(tree) != public_api(site.tree):
        return None
    before, after = measured(site.tree, site.text, site.node), measured(tree, text, node)
    if getattr(after, kind.field) >= getattr(before, kind.field):
        return None
    for field in fields(Metrics):
        if getattr(after, field.name) > getattr(before, field.name) + _MAY_GROW.get(kind.field, {}).get(field.name, 0):
            return None
    return Improvement(kind, change, before, after)
