from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibecoder.rendering.calls.literals import NotALiteral, parse_literal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
)  # fmt: skip


@given(VALUES)
def test_what_python_prints_is_read_back(value: Any) -> None:
    text = repr(value)
    assert parse_literal(text, 0) == (value, len(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("null", None),
        ("{city:'Oslo',rows:[1,2.5]}", {"city": "Oslo", "rows": [1, 2.5]}),
        ("'two\nlines'", "two\nlines"),
        ("1e3", 1000.0),
        ("[ ]", []),
    ],
)
def test_values_that_are_not_pythons(text: str, value: Any) -> None:
    assert parse_literal(text, 0)[0] == value


def test_a_model_s_own_mark_for_text() -> None:
    mark = '<|"|>'
    text = f'{{city:{mark}a "b" }}{mark},more:[{mark}c{mark}]}} and more'
    value, end = parse_literal(text, 0, mark)
    assert value == {"city": 'a "b" }', "more": ["c"]}
    assert text[end:] == " and more"


@pytest.mark.parametrize("text", ["", "Oslo", "'open", "[1", "{a}", "{:1}", "[" * 99])
def test_what_is_no_value(text: str) -> None:
    with pytest.raises(NotALiteral):
        parse_literal(text, 0)
