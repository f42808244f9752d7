"""Bugs that a repository's own commits repaired: the tests of the fix fail on the code before it, and pass with it."""

from __future__ import annotations

import ast
import difflib
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from vibecoder.types import Imported, ImportJob
from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.sources import is_test
from vibecoder_datasets.importers.bugs.checkout import checked_out
from vibecoder_datasets.importers.bugs.repair import Repair, has_failed, is_green, ran, row
from vibecoder_datasets.importers.git.messages import Intent, read_message
from vibecoder_datasets.importers.git.patch import lines_of
from vibecoder_datasets.importers.git.paths import refusal
from vibecoder_datasets.importers.git.repo import Repository
from vibecoder_datasets.importers.git.stream import Blobs, Change, Commit, commits, note_renames
from vibecoder_datasets.importers.git.syntax import python_tree

__all__ = ["fixes"]

_FIX = re.compile(r"\b(?:fix|bug|crash|regress|wrong|incorrect|repair|correct|broken|fail|error|leak|typo)\w*", re.I)
_MAX_FILES = 8
_MAX_TESTS = 4
_TEST_FILE = re.compile(r"(?:^|/)(?:test_\w+|\w+_test)\.py$")
_MAX_PARTS = 6
"""Changed places of a fix up to which each is left out in turn, to see whether the tests need it."""


def fixes(repo: Repository, job: ImportJob) -> Iterator[Imported]:
    """Yield one `Imported` for each commit that repairs something and changes Python code and tests, newest first."""
    with Blobs.of(repo) as blobs, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as bytecode:
        newest: dict[str, str] = {}
        for commit in commits(repo):
            note_renames(commit.changes, newest)
            intent = _intent(commit)
            if intent is None or not any(_is_python(change) and is_test(_path(change)) for change in commit.changes):
                continue
            unit = f"fix {repo.name}:{commit.sha}"
            if not job.done(unit):
                found = _unit(repo, blobs, commit, intent, int(job.options["max_lines"]), unit, Path(bytecode), newest)
                yield found


def _intent(commit: Commit) -> Intent | None:
    if len(commit.parents) != 1 or not 2 <= len(commit.changes) <= _MAX_FILES:
        return None
    try:
        intent = read_message(commit.message.decode(), commit.author.decode("utf-8", "replace"))
    except UnicodeDecodeError:
        return None
    return intent if isinstance(intent, Intent) and _FIX.search(intent.text) else None


def _unit(
    repo: Repository, blobs: Blobs, commit: Commit, intent: Intent, max_lines: int, unit: str, bytecode: Path,
    newest: Mapping[str, str],
) -> Imported:  # fmt: skip
    files = [change for change in commit.changes if _is_python(change)]
    tests = [change for change in files if is_test(_path(change))]
    code = [change for change in files if not is_test(_path(change))]
    if not code or any(change.status != "M" for change in code):
        return Imported(skipped={"a fix that changes no code, or adds or moves files": 1}, unit=unit)
    if len(code) > 3:
        return Imported(skipped={"a fix of more than 3 files": 1}, unit=unit)
    texts = {change.blobs[at]: _text(blobs, change.blobs[at]) for change in code for at in (0, 1)}
    tests = [change for change in tests if change.status in "AM" and _TEST_FILE.search(_path(change))]
    texts |= {change.blobs[1]: _text(blobs, change.blobs[1]) for change in tests}
    if any(text is None or "\r" in text for text in texts.values()):
        return Imported(skipped={"a fix of files that are not text": 1}, unit=unit)
    broken = {_path(change): texts[change.blobs[0]] or "" for change in code}
    good = {_path(change): texts[change.blobs[1]] or "" for change in code}
    if all(_means_the_same(broken[path], good[path]) for path in good):
        return Imported(skipped={"a fix of words alone": 1}, unit=unit)
    if sum(len(_changes(broken[path], good[path])) for path in good) > max_lines:
        return Imported(skipped={f"a fix of more than {max_lines} lines": 1}, unit=unit)
    with checked_out(replace(repo, head=commit.parents[0]), blobs, bytecode) as workspace:
        names: list[str] = []
        for change in tests:
            path, text = _path(change), texts[change.blobs[1]] or ""
            names += _changed_tests(path, workspace.now(path) or "", text)
            workspace.write(path, text)
        found = _proved(workspace, names[:_MAX_TESTS], broken, good)
    if isinstance(found, str):
        return Imported(skipped={found: 1}, unit=unit)
    output, needed, proofs = found
    repair = Repair(
        {path: broken[path] for path in needed}, needed, output, intent.reason or f"{intent.aim}.", "fix",
        {"commit": commit.sha, "parent": commit.parents[0], "tests": " ".join(proofs)},
        proofs, newest,
    )  # fmt: skip
    return Imported([row(repo, repair)], unit=unit)


def _proved(
    workspace: Workspace, tests: list[str], broken: Mapping[str, str], good: Mapping[str, str]
) -> tuple[str, dict[str, str], list[str]] | str:
    """Return what tests say before the fix, the least of it that makes them pass, and which; or why there is no row."""
    try:
        outputs = {test: ran(workspace, [test])[0] for test in tests}
        red = [test for test, output in outputs.items() if not is_green(output)]
        failed = [test for test in red if has_failed(outputs[test])]
        if not failed:
            return "a fix whose tests cannot be run before it" if red else "a fix whose tests pass without it"
        _write(workspace, good)
        failed = [test for test in failed if ran(workspace, [test])[1]]
        if not failed:
            return "a fix whose tests fail with it"
        needed = _least(workspace, failed, broken, dict(good))
        if not _passes(workspace, failed, needed):
            return "a fix whose tests are not steady"
    except ToolError:
        return "a fix that cannot be checked out"
    changed = {path: text for path, text in needed.items() if text != broken[path]}
    return "\n\n".join(outputs[test] for test in failed), changed, failed


def _changed_tests(path: str, before: str, after: str) -> list[str]:
    """Return the pytest ids of the tests that are new or changed, in the order of the file."""
    old, new = _tests(before), _tests(after)
    return [f"{path}::{name}" for name, body in new.items() if old.get(name) != body]


def _tests(text: str) -> dict[str, str]:
    try:
        tree = python_tree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, str] = {}
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test") else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for child in inside:
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.name.startswith("test"):
                found[prefix + child.name] = ast.dump(child)
    return found


def _least(workspace: Workspace, tests: list[str], broken: Mapping[str, str], good: dict[str, str]) -> dict[str, str]:
    """Return the texts with every change that the tests don't need taken back."""
    places = [(path, at) for path in good for at in range(len(_blocks(broken[path], good[path])))]
    if len(places) > _MAX_PARTS:
        return good
    kept = {path: set(range(len(_blocks(broken[path], good[path])))) for path in good}
    for path, at in places:
        if sum(map(len, kept.values())) == 1:
            break
        kept[path].discard(at)
        tried = {name: _merged(broken[name], good[name], kept[name]) for name in good}
        if not _passes(workspace, tests, tried):
            kept[path].add(at)
    return {name: _merged(broken[name], good[name], kept[name]) for name in good}


def _write(workspace: Workspace, texts: Mapping[str, str]) -> None:
    for path, text in texts.items():
        workspace.write(path, text)


def _passes(workspace: Workspace, tests: list[str], texts: Mapping[str, str]) -> bool:
    _write(workspace, texts)
    return ran(workspace, tests)[1]


def _merged(before: str, after: str, kept: set[int]) -> str:
    """Return `before` with those changed places of `after` that are kept."""
    old, new = lines_of(before.encode()), lines_of(after.encode())
    made, at = [], 0
    for number, (first, last, start, end) in enumerate(_blocks(before, after)):
        made += [*old[at:first], *(new[start:end] if number in kept else old[first:last])]
        at = last
    return b"".join([*made, *old[at:]]).decode()


def _blocks(before: str, after: str) -> list[tuple[int, int, int, int]]:
    """Return the changed places: line ranges, from 0, before and after."""
    old, new = lines_of(before.encode()), lines_of(after.encode())
    codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(first, last, start, end) for tag, first, last, start, end in codes if tag != "equal"]


def _changes(before: str, after: str) -> range:
    """Return as many numbers as there are changed lines."""
    return range(sum(last - first + end - start for first, last, start, end in _blocks(before, after)))


def _means_the_same(before: str, after: str) -> bool:
    """Tell whether two texts are the same program but for comments and layout, or one of them is none."""
    try:
        return ast.dump(python_tree(before)) == ast.dump(python_tree(after))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True


def _is_python(change: Change) -> bool:
    path = _path(change)
    return path.endswith(".py") and not change.is_link and refusal(path) is None


def _path(change: Change) -> str:
    return (change.old if change.status == "D" else change.new).decode("utf-8", "replace")


def _text(blobs: Blobs, blob: str) -> str | None:
    blobs.ask([blob])
    content = blobs.read()
    try:
        return None if content is None or b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None
