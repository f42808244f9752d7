"""Applies a rewrite of a list of statements to the first block of a function that it fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst

from vibecoder_datasets.rewrites.site import MAX_WIDTH, Change, Rewrite, Site

__all__ = ["Block", "Found", "in_blocks"]


@dataclass(frozen=True, slots=True)
class Block:
    """Holds the statements of a block and what it belongs to: `function`, `loop` or `other`."""

    body: list[cst.BaseStatement]
    kind: str


@dataclass(frozen=True, slots=True)
class Found:
    """Holds the statements that take a block's place, with what was wrong and what is better."""

    body: Sequence[cst.BaseStatement]
    what: str
    done: str


class _First(cst.CSTTransformer):
    def __init__(self, rewrite: Callable[[Block], Found | None]) -> None:
        super().__init__()
        self.rewrite = rewrite
        self.found: Found | None = None
        self._kinds: dict[int, str] = {}

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._kinds[id(node.body)] = "function"

    def visit_For(self, node: cst.For) -> None:
        self._kinds[id(node.body)] = "loop"

    def visit_While(self, node: cst.While) -> None:
        self._kinds[id(node.body)] = "loop"

    def leave_IndentedBlock(self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock) -> cst.BaseSuite:
        if self.found is None:
            block = Block(list(updated_node.body), self._kinds.get(id(original_node), "other"))
            self.found = self.rewrite(block)
            if self.found is not None:
                return updated_node.with_changes(body=self.found.body)
        return updated_node


def in_blocks(rewrite: Callable[[Block], Found | None]) -> Rewrite:
    """Make a rewrite of the first block that fits, inner blocks first; None where lines would get too long."""

    def apply(site: Site) -> Change | None:
        first = _First(rewrite)
        source = site.unshelled(site.parsed().visit(first))
        if first.found is None or max(map(len, source.splitlines())) > max(MAX_WIDTH, *map(len, site.lines)):
            return None
        return Change(site.replaced(source), first.found.what, first.found.done)

    return apply
