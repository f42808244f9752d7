"""Mutants of functions, of many kinds."""

from __future__ import annotations

from vibecoder_datasets.code.index import Function
from vibecoder_datasets.code.mutants import mutants
from vibecoder_datasets.material.context import ExpertContext


def functions(context: ExpertContext) -> list[Function]:
    return [function for file in context.code_index.code for function in file.functions if not function.is_class]


def test_mutants_are_of_many_kinds(context: ExpertContext) -> None:
    reasons = {mutant.why for function in functions(context) for mutant in mutants(context.workspace, function)}
    assert len(reasons) >= 12


def test_a_mutant_changes_one_line_and_nothing_else(context: ExpertContext) -> None:
    samples = context.workspace
    found = [
        mutant
        for function in context.code_index.functions
        if "tests/" not in function.path
        for mutant in mutants(samples, function)
    ]
    assert len(found) > 150
    for mutant in found:
        original = samples.text(mutant.function.path)
        assert mutant.text != original
        assert mutant.text.count(mutant.bad) == 1
        assert mutant.text.replace(mutant.bad, mutant.good) == original
