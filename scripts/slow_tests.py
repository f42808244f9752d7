"""Lists the test files of the packages rows are built on that take longer than a second: no row is built on those.

Run as: python scripts/slow_tests.py > datasets_gen/vibecoder_datasets/sandbox/slow_tests.txt
"""

from __future__ import annotations

import time
from contextlib import suppress

from vibecoder_datasets.sandbox.projects import PROJECTS, is_test
from vibecoder_datasets.sandbox.workspace import ToolError, opened
from vibecoder_datasets.tools.programs import run_tests

SECONDS = 1.2
REPEATS = 2


def main() -> None:
    for project in PROJECTS.values():
        if project.package:
            with opened(project.name) as workspace:
                for path in filter(is_test, project.files(slow=True)):
                    times = []
                    for _ in range(REPEATS):
                        begun = time.perf_counter()
                        with suppress(ToolError):
                            run_tests(workspace, path)
                        times.append(time.perf_counter() - begun)
                    if min(times) > SECONDS:
                        print(path, flush=True)


if __name__ == "__main__":
    main()
