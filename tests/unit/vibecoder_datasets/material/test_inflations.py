"""Lines can be written longer without a change."""

from __future__ import annotations

from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.code.index import Function
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.inflations import inflations


def functions(context: ExpertContext) -> list[Function]:
    return [function for file in context.code_index.code for function in file.functions if not function.is_class]


def test_longer_lines_do_the_same(context: ExpertContext) -> None:
    kinds = set()
    for function in functions(context):
        for longer in inflations(context.workspace, function):
            text = context.workspace.text(function.path).replace(longer.plain, longer.long)
            compile(text, function.path, "exec")
            assert longer.saved >= 1
            context.workspace.write(function.path, text)
            kinds.add(longer.insight)
    assert bugs.is_green(run_tool(context.workspace, "run_tests", {"path": "tests"}))
    assert len(kinds) >= 5
    context.workspace.reset()
