"""Markdown helpers: whatever text goes in comes out of a parser as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from vibecoder.reporting.markdown import clipped, code, fence, inline, table

PARSER = MarkdownIt("commonmark").enable("table")
LINES = st.text(alphabet=st.sampled_from("`~#>-|*_ ab<&\\$[]1.\n"), max_size=60)


def plain(markdown: str) -> str:
    children = PARSER.parseInline(markdown)[0].children or []
    assert all(child.type in {"text", "text_special"} for child in children), children
    return "".join(child.content for child in children)


@given(LINES)
def test_a_fence_gives_its_text_back(text: str) -> None:
    tokens = PARSER.parse(fence(text))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content.splitlines() == [line.rstrip() for line in text.splitlines()]


@given(LINES)
def test_inline_text_is_only_text(text: str) -> None:
    flat = " ".join(text.split())
    if flat:
        assert plain(inline(text)) == flat


@given(LINES)
def test_a_code_span_gives_its_text_back(text: str) -> None:
    flat = " ".join(text.split())
    if not flat:
        assert code(text) == ""
        return
    (child,) = PARSER.parseInline(code(text))[0].children or []
    assert (child.type, child.content) == ("code_inline", flat)


def test_a_name_keeps_its_underscores_plain() -> None:
    assert inline("x86_64 _odd_ tool_call") == r"x86_64 \_odd\_ tool_call"


def test_a_bar_in_a_cell_makes_no_column() -> None:
    tokens = PARSER.parse(table(["a", "b"], [["x|y", code("p|q")]]))
    cells = [tokens[at + 1].children or [] for at, token in enumerate(tokens) if token.type == "td_open"]
    assert ["".join(child.content for child in cell) for cell in cells] == ["x|y", "p|q"]


@pytest.mark.parametrize(("length", "shown"), [(10, 10), (50, 50), (51, 10)])
def test_only_what_is_worth_it_is_clipped(length: int, shown: int) -> None:
    text = clipped("x" * length, 10)
    assert text.count("x") == shown
    assert ("[... 41 more characters]" in text) == (shown < length)
