"""Refactorings lead back to the code that they start from."""

from __future__ import annotations

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.refactorings import SMELLS


@pytest.mark.parametrize("subcategory", sorted(SMELLS))
def test_refactorings_lead_back_to_the_sample(samples: Workspace, subcategory: str) -> None:
    context = ExpertContext(samples, "smells")
    samples.reset()
    made = 0
    for function in context.code_index.functions:
        for make in SMELLS[subcategory]:
            smell = make(context, function) if "tests/" not in function.path else None
            if smell is None:
                continue
            text = smell.text
            for old, new in smell.edits:
                assert text.count(old) == 1
                text = text.replace(old, new)
            assert text == samples.text(function.path)
            assert smell.text != text
            compile(smell.text, function.path, "exec")
            made += 1
    assert made >= 8
