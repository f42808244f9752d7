"""Lines can be written longer without a change."""

from __future__ import annotations

from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.code.survey import Function
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.inflations import inflations
from vibecoder_datasets.material.kit import Kit


def functions(kit: Kit) -> list[Function]:
    return [function for file in kit.survey.code for function in file.functions if not function.is_class]


def test_longer_lines_do_the_same(kit: Kit) -> None:
    kinds = set()
    for function in functions(kit):
        for longer in inflations(kit.workspace, function):
            text = kit.workspace.text(function.path).replace(longer.plain, longer.long)
            compile(text, function.path, "exec")
            assert longer.saved >= 1
            kit.workspace.write(function.path, text)
            kinds.add(longer.insight)
    assert bugs.is_green(run_tool(kit.workspace, "run_tests", {"path": "tests"}))
    assert len(kinds) >= 5
    kit.workspace.reset()
