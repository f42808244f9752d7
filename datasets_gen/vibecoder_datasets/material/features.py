"""Finds functions to be written anew: their body is taken out, then developed from one of their real tests."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from vibecoder_datasets.code.tested import Tested, body
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.inflations import Inflation, inflations
from vibecoder_datasets.material.session import Session
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.words.answers import first_place

__all__ = ["Feature", "develop", "draw"]

STUB = "raise NotImplementedError"
LONGEST = 12
BARE = 0.6
"""How often a function without anything to simplify is passed over."""
MAX_TEST = 14


@dataclass(frozen=True, slots=True)
class Feature:
    """Describes a function without its body.

    `code` is a first body that works, `simpler` what shortens it, where known.
    """

    tested: Tested
    stubbed: str
    stub_line: str
    code: str
    simpler: Inflation | None
    test: str
    test_text: str
    checks: tuple[str, ...]

    @property
    def setup(self) -> dict[str, str]:
        return {self.tested.path: self.stubbed}

    @property
    def slots(self) -> dict[str, str]:
        """Return what a user's sentence about it may be filled with."""
        return {
            "name": self.tested.name, "path": self.tested.path, "test": self.test,
            "checks": " and ".join(f"`{check}`" for check in self.checks),
            "summary": self.tested.function.summary.rstrip("."),
        }  # fmt: skip


def draw(context: ExpertContext) -> Feature | None:
    """Return the next tested function whose body can be taken out and whose shortest test stands alone."""
    tested = draw_tested(context, LONGEST)
    if tested is None or not tested.function.summary or STUB in context.workspace.text(tested.path):
        return None
    lines = context.workspace.text(tested.path).splitlines()
    first, last = body(context.workspace, tested.function)
    indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
    if first == tested.function.line or any("yield" in line for line in lines[first - 1 : last]):
        return None
    stubbed = "\n".join([*lines[: first - 1], indent + STUB, *lines[last:]]) + "\n"
    found = _test(context, tested)
    if found is None:
        return None
    code = "\n".join(lines[first - 1 : last])
    longer = [made for made in inflations(context.workspace, tested.function) if code.count(made.plain) == 1]
    simpler = context.rng.choice(longer) if longer else None
    if simpler is None and context.rng.random() < BARE:
        return None
    if simpler:
        code = code.replace(simpler.plain, simpler.long)
    folder = PurePosixPath(tested.test).parent.as_posix()
    new = f"{folder}/test_{tested.name}_new.py".removeprefix("./")
    return Feature(tested, stubbed, indent + STUB, code, simpler, new, found[0], found[1])


def _test(context: ExpertContext, tested: Tested) -> tuple[str, tuple[str, ...]] | None:
    """Return the text of a test file with one real test in it, and its assertions.

    None where it needs more than imports.
    """
    text = context.workspace.text(tested.test)
    tree = context.workspace.tree(tested.test)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and f"{tested.test}::{node.name}" in tested.nodes:
            break
    else:
        return None
    if node.args.args or node.decorator_list or (node.end_lineno or 0) - node.lineno >= MAX_TEST:
        return None
    source = "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
    used = {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}
    imports = []
    known: set[str] = set()
    for other in tree.body:
        if isinstance(other, ast.Import | ast.ImportFrom):
            names = [alias for alias in other.names if (alias.asname or alias.name.split(".")[0]) in used]
            if names and not (isinstance(other, ast.ImportFrom) and (other.level or other.module == "__future__")):
                known |= {alias.asname or alias.name.split(".")[0] for alias in names}
                shown = ", ".join(ast.unparse(alias) for alias in names)
                where = f"from {other.module} import " if isinstance(other, ast.ImportFrom) else "import "
                imports.append(where + shown)
    defined = {getattr(found, "name", "") for found in tree.body} | {
        target.id
        for found in tree.body
        if isinstance(found, ast.Assign)
        for target in found.targets
        if isinstance(target, ast.Name)
    }
    checks = re.findall(r"^ *(assert .{4,90})$", source, re.MULTILINE)
    if (used & defined) - known or not checks or any("`" in check for check in checks):
        return None
    return "\n".join([*imports, "", "", source]) + "\n", tuple(checks[:2])


def develop(context: ExpertContext, session: Session, feature: Feature, red: str, green: str, refactor: str) -> bool:
    """Go through RED, GREEN and, where it can be simpler, REFACTOR; False if a run is not what it must be.

    The three texts are said with the first call of each part.
    """
    if session.call("write_file", red, path=feature.test, content=feature.test_text).startswith("replaced"):
        return False
    result = session.call("run_tests", path=feature.test)
    if not bugs.failing(result) or "NotImplementedError" not in result:
        return False
    path, _, last = first_place(session.call("definition", green, name=feature.tested.name))
    text = session.call("read_file", path=path, start=max(1, last - 3), end=last)
    if STUB not in text:
        return False
    session.call("edit_file", path=path, old=feature.stub_line, new=feature.code)
    if not bugs.is_green(session.call("run_tests", path=feature.test)):
        return False
    if feature.simpler is None:
        return True
    session.call("edit_file", refactor, path=path, old=feature.simpler.long, new=feature.simpler.plain)
    return bugs.is_green(session.call("run_tests", path=feature.tested.test))
