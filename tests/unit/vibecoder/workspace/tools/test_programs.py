from __future__ import annotations

from collections.abc import Iterator

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder.workspace.tools.programs import run_python, run_tests
from vibecoder_datasets.projects.catalogue import opened


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with opened("samples") as made:
        yield made


def test_bytecode_of_the_project_lies_beside_it_and_that_of_the_standard_library_where_it_is(
    workspace: Workspace,
) -> None:
    code = "import json, shop.cart\nprint(json.__cached__, shop.cart.__cached__, sep='\\n')"
    library, project = run_python(workspace, code).splitlines()
    assert library.startswith("python3/json/__pycache__/")
    assert "bytecode" in project


def test_tests_leave_no_bytecode_in_the_project(workspace: Workspace) -> None:
    assert run_tests(workspace, "tests/test_cart.py").endswith("exit 0]")
    assert not list(workspace.root.rglob("__pycache__"))
    assert list(workspace.bytecode.rglob("test_cart*-pytest-*.pyc"))


def test_a_program_s_own_programs_leave_no_bytecode_in_the_project(workspace: Workspace) -> None:
    code = "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'import shop.cart']).returncode)"
    assert run_python(workspace, code) == "0"
    assert not list(workspace.root.rglob("__pycache__"))
