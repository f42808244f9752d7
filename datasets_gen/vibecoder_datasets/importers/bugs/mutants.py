"""Bugs of one line put into tested functions of a repository, kept where a test really fails on them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from random import Random

from vibecoder.types import Example, Imported, ImportJob
from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.sources import is_test
from vibecoder_datasets.code.index import CodeIndex, Function
from vibecoder_datasets.code.mutants import Mutant, mutants
from vibecoder_datasets.code.tested import Tested, linked
from vibecoder_datasets.importers.bugs.checkout import checked_out
from vibecoder_datasets.importers.bugs.repair import Repair, has_failed, ran, row
from vibecoder_datasets.importers.git.repo import Repository
from vibecoder_datasets.importers.git.stream import Blobs

__all__ = ["mutated"]

_TRIES = 4
"""Mutants tried for each one wanted."""


def mutated(repo: Repository, job: ImportJob) -> Iterator[Imported]:
    """Yield one `Imported` for each function that is no test, in an order that the seed draws."""
    with Blobs.of(repo) as blobs, checked_out(repo, blobs) as workspace:
        functions = [
            found for found in CodeIndex(workspace).functions if not found.is_class and not is_test(found.path)
        ]
        Random(f"{job.seed} {repo.name}").shuffle(functions)
        for function in functions:
            text = workspace.original(function.path) or ""
            digest = hashlib.sha256(text.encode()).hexdigest()[:12]
            unit = f"mutant {repo.name}:{function.path}:{function.name} {digest} {job.seed}"
            if not job.done(unit):
                yield _unit(repo, workspace, function, text, job, unit)


def _unit(repo: Repository, workspace: Workspace, function: Function, text: str, job: ImportJob, unit: str) -> Imported:
    workspace.reset()
    try:
        tested = linked(workspace, function)
        found = mutants(workspace, function)
    except ToolError:
        return Imported(skipped={"a function that cannot be read": 1}, unit=unit)
    if tested is None:
        return Imported(skipped={"a function without a test that names it": 1}, unit=unit)
    if not found or "\r" in text or not text.endswith("\n"):
        return Imported(skipped={"a function without a place for a bug": 1}, unit=unit)
    tests = list(tested.nodes)
    rng = Random(f"{job.seed} {function.path} {function.name}")
    wanted = int(job.options["per_function"])
    made: list[Example] = []
    for mutant in rng.sample(found, min(_TRIES * wanted, len(found))):
        if len(made) == wanted:
            break
        repair = _proved(repo, workspace, tested, tests, mutant, text)
        if repair:
            made.append(row(repo, repair))
    none = "a function whose tests see no bug" if tests else "a function whose tests fail or cannot be run as they are"
    return Imported(made, {} if made else {none: 1}, unit)


def _proved(
    repo: Repository, workspace: Workspace, tested: Tested, tests: list[str], mutant: Mutant, text: str
) -> Repair | None:
    """Return the bug if one of the tests fails on it, and passes again without it.

    Tests that never pass are taken out.
    """
    for test in list(tests):
        workspace.reset()
        workspace.write(tested.path, mutant.text)
        output, green = ran(workspace, [test])
        if green:
            continue
        workspace.write(tested.path, text)
        if not ran(workspace, [test])[1]:
            tests.remove(test)
        elif has_failed(output):
            reason = f"in `{tested.name}`, {mutant.why}."
            provenance = {"commit": repo.head, "test": test, "function": tested.name}
            broken, good = {tested.path: mutant.text}, {tested.path: text}
            return Repair(broken, good, output, reason, "mutant", provenance, [test])
    return None
