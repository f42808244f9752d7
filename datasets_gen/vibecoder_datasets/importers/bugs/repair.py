"""Writes a bug with its repair, both run, as a row: what the tests said, and the patch that makes them pass."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vibecoder.dataset.components import SHOWS
from vibecoder.types import Example
from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.tools.programs import run_tests
from vibecoder_datasets.importers.git.excerpts import excerpt
from vibecoder_datasets.importers.git.patch import FilePatch, lines_of, read_patch
from vibecoder_datasets.importers.git.repo import Repository
from vibecoder_datasets.importers.git.rows import SYSTEM, answer

__all__ = ["Repair", "has_failed", "is_green", "main_path", "ran", "row", "unified"]


_OUTCOME = re.compile(r"^\[(?P<counts>.*), exit (?P<status>\d+)\]$")


@dataclass(frozen=True, slots=True)
class Repair:
    """Describes a bug that was seen and repaired: the texts with it and without, by path, what the tests said, and why.

    `tests` are the pytest ids of the tests whose output is shown, `newest` the present paths of renamed files.
    """

    broken: Mapping[str, str]
    good: Mapping[str, str]
    output: str
    reason: str
    kind: str
    provenance: Mapping[str, str]
    tests: Sequence[str] = ()
    newest: Mapping[str, str] = field(default_factory=dict)

    def name(self, repo: Repository, path: str) -> str:
        """Name a file as its rows are grouped: by the repository and its newest path."""
        return f"{repo.name}:{self.newest.get(path, path)}"


def row(repo: Repository, repair: Repair) -> Example:
    """Return the row of a repair."""
    patches = {path: unified(path, repair.broken[path], text) for path, text in repair.good.items()}
    files = {path: read_patch(lines_of(b"diff --git of text\n" + patch))[0] for path, patch in patches.items()}
    shown = [excerpt(path, repair.broken[path].encode(), files[path].hunks) for path in files]
    for path, patch in files.items():
        assert patch.apply(repair.broken[path].encode()) == repair.good[path].encode()
    shows = [repair.name(repo, path) for path in (*files, *(test.partition("::")[0] for test in repair.tests))]
    return Example(
        messages=[
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": "\n\n".join([f"Make the tests pass.\n\n{fenced(repair.output)}", *shown])},
            {"role": "assistant", "content": answer(b"".join(patches.values()).decode(), repair.reason)},
        ],
        category="bug-fix",
        subcategory=repair.kind,
        group=repair.name(repo, main_path(files)),
        verification="executed",
        provenance={
            "importer": "bugs",
            "repository": repo.name,
            **repair.provenance,
            SHOWS: list(dict.fromkeys(shows)),
        },
    )


def main_path(files: Mapping[str, FilePatch]) -> str:
    """Return the path with the most changed lines."""
    return max(files, key=lambda path: files[path].changed)


def unified(path: str, before: str, after: str) -> bytes:
    """Return the unified diff of two texts of a file, as `git apply` takes it."""
    old, new = lines_of(before.encode()), lines_of(after.encode())
    names = (f"a/{path}".encode(), f"b/{path}".encode())
    diff = difflib.diff_bytes(difflib.unified_diff, old, new, *names, n=3)
    return b"".join(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in diff)


def fenced(text: str) -> str:
    """Text between fences it does not hold itself."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def ran(workspace: Workspace, tests: Sequence[str]) -> tuple[str, bool]:
    """Return the outputs of the tests that are not green, of all if there are none such, and whether all are green."""
    outputs = []
    for test in tests:
        try:
            outputs.append(run_tests(workspace, test))
        except ToolError as error:  # it had to be stopped, or is not there
            outputs.append(str(error))
        except OSError as error:
            outputs.append(f"error: {error}")
    red = [output for output in outputs if not is_green(output)]
    return "\n\n".join(red or outputs), not red


def is_green(output: str) -> bool:
    """Tell whether some test passed and none failed."""
    found = _OUTCOME.match(output.rsplit("\n", 1)[-1])
    return bool(found and found["status"] == "0" and "passed" in found["counts"])


def has_failed(output: str) -> bool:
    """Tell whether tests ran and failed, rather than could not be run."""
    found = _OUTCOME.match(output.rsplit("\n", 1)[-1])
    return bool(found and found["status"] == "1" and "failed" in found["counts"] and "error" not in found["counts"])
