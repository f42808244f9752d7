"""Mutants of functions, of many kinds."""

from __future__ import annotations

from vibecoder_datasets.code.mutants import mutants
from vibecoder_datasets.code.survey import Function
from vibecoder_datasets.material.kit import Kit


def functions(kit: Kit) -> list[Function]:
    return [function for file in kit.survey.code for function in file.functions if not function.is_class]


def test_mutants_are_of_many_kinds(kit: Kit) -> None:
    reasons = {mutant.why for function in functions(kit) for mutant in mutants(kit.workspace, function)}
    assert len(reasons) >= 12


def test_a_mutant_changes_one_line_and_nothing_else(kit: Kit) -> None:
    samples = kit.workspace
    found = [
        mutant
        for function in kit.survey.functions
        if "tests/" not in function.path
        for mutant in mutants(samples, function)
    ]
    assert len(found) > 150
    for mutant in found:
        original = samples.text(mutant.function.path)
        assert mutant.text != original
        assert mutant.text.count(mutant.bad) == 1
        assert mutant.text.replace(mutant.bad, mutant.good) == original
