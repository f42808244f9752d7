"""pytest on a package that is loaded already says what it says on one that is imported for the run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vibecoder.workspace import pytests
from vibecoder.workspace.bodies import changed_bodies
from vibecoder.workspace.environment import environment
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.forks import UNLIKE
from vibecoder.workspace.tools.programs import run_tests
from vibecoder_datasets.projects.catalogue import opened

CODE = "networkx/algorithms/chains.py"
TEST = "networkx/algorithms/tests/test_chains.py"
OPTIONS = ["-q", "--tb=short", "--no-header", "-p", "no:cacheprovider", "--noconftest", "-c", "/dev/null", TEST]


@pytest.fixture(scope="module")
def shared() -> Iterator[Workspace]:
    with opened("networkx") as found:
        assert not pytests._has_loaded(found)
        run_tests(found, TEST)
        yield found


@pytest.fixture
def place(shared: Workspace) -> Workspace:
    shared.reset()
    return shared


def edit(place: Workspace, path: str, old: str, new: str) -> None:
    assert place.text(path).count(old) >= 1
    place.write(path, place.text(path).replace(old, new, 1))


def both(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """What the tests say with the loaded package, and with one that is imported."""
    assert pytests._has_loaded(place)
    first = run_tests(place, TEST)
    with monkeypatch.context() as patched:
        patched.setattr(pytests, "changes", lambda _: None)
        return first, run_tests(place, TEST)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("            yield u, v", "            yield v, u"),
        ("            yield u, v", "            # moves lines\n\n            yield u, v + 1"),
        ("def chain_decomposition(G, root=None):", "def chain_decomposition(G, root=1):"),
        ("    visited = set()", "    visited = sett()"),
    ],
)
def test_both_ways_say_the_same(place: Workspace, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    if old:
        edit(place, CODE, old, new)
    one, other = both(place, monkeypatch)
    assert one == other
    assert "exit" in one


def test_a_changed_body_runs_in_the_loaded_package(place: Workspace) -> None:
    edit(place, CODE, "            yield u, v", "            yield v, u")
    found = pytests.changes(place)
    assert found == {CODE: ["chain_decomposition"]}
    ran = pytests._server_of(place, environment(place), loaded=True).ask(pytests._request(OPTIONS, found), 10)
    assert ran.status == 1
    assert "failed" in ran.output


def test_a_function_that_the_import_runs_is_not_changed_behind_it(place: Workspace) -> None:
    path = "networkx/utils/decorators.py"
    edit(place, path, "return func", "return (func)")
    server = pytests._server_of(place, environment(place), loaded=True)
    assert server.ask(pytests._request(OPTIONS, {path: ["argmap.__call__"]}), 10).status == UNLIKE
    assert "exit" in run_tests(place, TEST)
    assert server.ask(pytests._request(OPTIONS, {}), 10).status != UNLIKE


def test_what_else_was_changed_is_imported(place: Workspace) -> None:
    edit(place, CODE, "def chain_decomposition(G, root=None):", "def chain_decomposition(G, root=None, more=0):")
    assert pytests.changes(place) is None
    place.reset()
    place.write("networkx/algorithms/fresh.py", "X = 1\n")
    assert pytests.changes(place) is None


def test_tests_and_notes_may_be_written(place: Workspace) -> None:
    place.write("networkx/algorithms/tests/test_fresh.py", "def test_it():\n    assert 1\n")
    place.write("tasks/one.md", "# One\n")
    assert pytests.changes(place) == {}


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("def f():\n    return 1\n", "def f():\n    return 2\n", ["f"]),
        ("class A:\n    def f(self):\n        return 1\n", "class A:\n    def f(self):\n        x = 1\n", ["A.f"]),
        ("def f():\n    def g():\n        return 1\n    return g\n", "def f():\n    return 1\n", ["f"]),
        ("def f():\n    return 1\n", "# note\n\ndef f():\n    return 1\n", []),
        ("def f():\n    return 1\n", "def f(x):\n    return 1\n", None),
        ("def f():\n    return 1\n", "def f(x=1):\n    return 1\n", None),
        ('def f():\n    "a"\n    return 1\n', 'def f():\n    "b"\n    return 1\n', None),
        ("def f():\n    return 1\n", "def f():\n    return 1\nX = 1\n", None),
        ("f = lambda: 1\n", "f = lambda: 2\n", None),
        ("def f():\n    return 1\n", "def f(:\n", None),
    ],
)
def test_changed_bodies(before: str, after: str, names: list[str] | None) -> None:
    assert changed_bodies(before, after) == names
