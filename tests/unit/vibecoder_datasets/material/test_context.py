"""Units of work divide the material of a project."""

from __future__ import annotations

from vibecoder_datasets.material.context import Slice


def test_units_divide_the_material() -> None:
    items = list(range(103))
    parts = [Slice("seed", index, 7).of(items) for index in range(7)]
    assert sorted(item for part in parts for item in part) == items
    assert parts != [Slice("other", index, 7).of(items) for index in range(7)]


def test_a_module_and_its_tests_are_of_one_part() -> None:
    paths = ["a/chains.py", "a/tests/test_chains.py", "b/cuts.py", "b/tests/test_cuts.py", "c/paths.py"]
    for index in range(3):
        part = Slice("seed", index, 3).of(paths)
        assert ("a/chains.py" in part) == ("a/tests/test_chains.py" in part)
        assert ("b/cuts.py" in part) == ("b/tests/test_cuts.py" in part)
