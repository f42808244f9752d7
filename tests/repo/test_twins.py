"""Modules that both backends have are twins: what is public in both stands in the same order in each."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from support import ROOT

MLX, CUDA = (ROOT / "backends" / f"vibecoder_{name}" for name in ("mlx", "cuda"))
SHARED = sorted(
    path.relative_to(MLX).as_posix() for path in MLX.rglob("*.py") if (CUDA / path.relative_to(MLX)).is_file()
)
ROOMS = ("memory", "model", "objectives", "passes")
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def public(path: Path) -> list[str]:
    """Names of the public functions and classes of a module, in their order."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return [node.name for node in body if isinstance(node, DEFINITIONS) and not node.name.startswith("_")]


def test_both_have_the_same_rooms_and_most_modules() -> None:
    assert {f"{room}/__init__.py" for room in ROOMS} <= set(SHARED)
    assert {"backend.py", "trainer.py", "generate.py", "processes.py", "optimizers.py", "objectives/sft.py"} <= set(
        SHARED
    )


@pytest.mark.parametrize("module", SHARED)
def test_what_both_have_is_in_the_same_order(module: str) -> None:
    one, other = public(MLX / module), public(CUDA / module)
    assert [name for name in one if name in other] == [name for name in other if name in one]
