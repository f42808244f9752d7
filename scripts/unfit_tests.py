"""Lists the test files of the packages rows are built on that take long or do not pass: no row is built on those.

Run as: python scripts/unfit_tests.py > datasets_gen/vibecoder_datasets/projects/unfit_tests.txt
"""

from __future__ import annotations

import time
from contextlib import suppress

from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.sources import is_test
from vibecoder.workspace.tools.programs import run_tests
from vibecoder_datasets.projects.catalogue import PROJECTS, opened

SECONDS = 1.2
REPEATS = 2


def main() -> None:
    for project in PROJECTS.values():
        if project.package:
            with opened(project.name) as workspace:
                for path in filter(_has_tests, project.files(unfit=True)):
                    if not _is_fit(workspace, path):
                        print(path, flush=True)


def _has_tests(path: str) -> bool:
    return is_test(path) and not path.endswith(("__init__.py", "conftest.py", "base_test.py"))


def _is_fit(workspace: Workspace, path: str) -> bool:
    """Tell whether a file's tests pass, the quicker of two times in good time."""
    times, passed = [], False
    for _ in range(REPEATS):
        begun = time.perf_counter()
        with suppress(ToolError):
            passed = run_tests(workspace, path).endswith("exit 0]")
        times.append(time.perf_counter() - begun)
    return passed and min(times) <= SECONDS


if __name__ == "__main__":
    main()
