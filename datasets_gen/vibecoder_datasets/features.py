"""Functions to be written anew: taken out of a sample, then developed from their tests."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vibecoder_datasets import bugs
from vibecoder_datasets.kit import Kit
from vibecoder_datasets.session import Session

__all__ = ["Feature", "develop", "draw"]


@dataclass(frozen=True, slots=True)
class Feature:
    """A function that a file lacks: its code, the test to write and the assertions the test makes."""

    name: str
    path: str
    test: str
    code: str
    test_text: str
    checks: tuple[str, ...]
    summary: str
    group: str
    without: str

    @property
    def setup(self) -> dict[str, str]:
        return {self.path: self.without}

    @property
    def slots(self) -> dict[str, str]:
        checks = " and ".join(f"`{check}`" for check in self.checks)
        return {"name": self.name, "path": self.path, "test": self.test, "checks": checks, "summary": self.summary}


def draw(kit: Kit) -> Feature | None:
    """The next function if it is the last of two in its file and nothing else there needs it."""
    kit.workspace.reset()
    function = kit.functions.draw()
    text = kit.workspace.text(function.path)
    lines = text.splitlines()
    if function.end != len(lines) or len(re.findall(r"^def ", text, re.MULTILINE)) != 2:
        return None
    tests = kit.workspace.text(bugs.test_of(function.path))
    found = re.search(rf"^def test_{function.name}\(.*?(?=\n\n\n|\Z)", tests, re.MULTILINE | re.DOTALL)
    if not found or "pytest" in found[0] or "ROOMS" in found[0]:
        return None
    checks = tuple(re.findall(r"^    (assert .*)$", found[0], re.MULTILINE))
    if len(checks) != len(found[0].rstrip().splitlines()) - 1 or any("`" in check for check in checks):
        return None
    module = function.path.removesuffix(".py").replace("/", ".")
    return Feature(
        name=function.name,
        path=function.path,
        test=f"tests/test_{function.name}.py",
        code="\n".join(lines[function.line - 1 :]),
        test_text=f"from {module} import {function.name}\n\n\n{found[0].rstrip()}\n",
        checks=checks,
        summary=function.summary,
        group=function.group,
        without="\n".join(lines[: function.line - 1]).rstrip() + "\n",
    )


def develop(kit: Kit, session: Session, feature: Feature, say: str = "") -> bool:
    """Write the test, see it fail, add the function, see it pass; False if either does not happen."""
    if session.call("write_file", say, path=feature.test, content=feature.test_text).startswith("replaced"):
        return False
    red = session.call("run_tests", path=feature.test)
    if bugs.is_green(red) or "ImportError" not in red:
        return False
    session.call(
        "read_file", kit.phrases.pick("", "Red, as it should be.", "RED: the function is missing."), path=feature.path
    )
    last = feature.without.rstrip().splitlines()[-1].strip()
    if feature.without.count(last) != 1:
        return False
    new = f"{last}\n\n\n{feature.code}"
    session.call(
        "edit_file",
        kit.phrases.pick("", "Now the function.", "GREEN: the least that passes."),
        path=feature.path,
        old=last,
        new=new,
    )
    return bugs.is_green(session.call("run_tests", path=feature.test))
