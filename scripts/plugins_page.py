"""Write the signatures in docs/plugins.md from the types themselves.

Run as: python scripts/plugins_page.py   (a test compares the page with what this writes)
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from pathlib import Path

from vibecoder import types

PAGE = Path(__file__).parents[1] / "docs" / "plugins.md"
BEGIN, END = "<!-- signatures: scripts/plugins_page.py -->\n", "<!-- end of signatures -->"
SHOWN = (
    "BackendSpec", "Backend", "Events", "ModelSpec", "TrainJob", "TrainResult", "LossSum", "Stage", "GeneratorSpec",
    "GenerateJob", "Generated", "ImporterSpec", "ImportOption", "ImportJob", "Imported", "SuiteSpec", "SuiteJob",
    "Prompt", "Judgement", "RewardSpec", "CommandSpec",
)  # fmt: skip
"""The descriptors, and what their functions get and give."""


def signatures() -> str:
    """Return every signature as Markdown: its docstring, and its fields or methods."""
    return "\n".join(_section(getattr(types, name)) for name in SHOWN)


def _section(kind: type) -> str:
    doc = inspect.cleandoc(kind.__doc__ or "")
    body = "\n".join(_fields(kind) if dataclasses.is_dataclass(kind) else _methods(kind))
    return f"### `{kind.__name__}`\n\n{doc}\n\n```python\n{body}\n```\n"


def _fields(kind: type) -> list[str]:
    """List a dataclass's fields as its source has them."""
    source = inspect.getsource(kind)
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.ClassDef)
    return [ast.get_source_segment(source, node) or "" for node in tree.body if isinstance(node, ast.AnnAssign)]


def _methods(kind: type) -> list[str]:
    """List a protocol's methods with the first sentence of their docstrings."""
    tree = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(tree, ast.ClassDef)
    lines = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            head = ast.unparse(ast.FunctionDef(node.name, node.args, [ast.Pass()], [], node.returns, lineno=0))
            said = (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ")
            lines.append(head.split("\n")[0].removesuffix(":") + (f"  # {said}" if said else ""))
    return lines


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{signatures()}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
