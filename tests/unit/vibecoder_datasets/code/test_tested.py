"""Functions are linked with the tests that really mention them."""

from __future__ import annotations

from vibecoder.workspace.files import Workspace
from vibecoder_datasets.code.index import CodeIndex, Function
from vibecoder_datasets.code.tested import body, home_of_tests, linked
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.projects.catalogue import opened
from vibecoder_datasets.speech.voices import arguments


def functions(context: ExpertContext) -> list[Function]:
    return [function for file in context.code_index.code for function in file.functions if not function.is_class]


def test_a_module_has_the_test_file_of_its_name(samples: Workspace) -> None:
    assert home_of_tests(samples, "shop/cart.py") == "tests/test_cart.py"
    assert home_of_tests(samples, "shop/no_such.py") is None


def test_every_sample_function_has_a_test_that_mentions_it(context: ExpertContext) -> None:
    for function in functions(context):
        found = linked(context.workspace, function)
        assert found is not None
        assert all(node.startswith("tests/test_") and "::test_" in node for node in found.nodes)


def test_no_function_is_tested_by_a_file_that_draws_numbers_without_a_seed() -> None:
    with opened("mpmath") as workspace:
        code_index = CodeIndex(workspace)
        assert "randmatrix" in workspace.text("mpmath/tests/test_linalg.py")
        every = [function for file in code_index.code for function in file.functions if not function.is_class]
        files = {found.test for function in every if (found := linked(workspace, function))}
    assert files
    assert "mpmath/tests/test_linalg.py" not in files


def test_no_function_that_draws_numbers_has_tests_to_build_on() -> None:
    with opened("networkx") as workspace:
        by_name = CodeIndex(workspace).by_name
        assert "test_maxcut.py" in str(home_of_tests(workspace, by_name["one_exchange"].path))
        assert linked(workspace, by_name["randomized_partitioning"]) is None  # by a decorator that gives it a generator
        assert linked(workspace, by_name["maximal_independent_set"]) is None
        assert linked(workspace, by_name["make_clique_bipartite"]) is not None


def test_the_body_leaves_signature_and_docstring_out(context: ExpertContext) -> None:
    clamp = context.code_index.by_name["clamp"]
    first, last = body(context.workspace, clamp)
    assert context.workspace.text(clamp.path).splitlines()[first - 1 : last] == [
        "    return max(low, min(value, high))"
    ]
    assert arguments(context, clamp) == ["value", "low", "high"]
