"""Modelfiles as text and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibecoder.export.ollama.modelfile import parse, write

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"], include_characters="\n\t"), min_size=1).filter(
    lambda text: '"""' not in text and not text.endswith('"') and text == "\n".join(map(str.rstrip, text.split("\n")))
)


@given(system=TEXTS, template=TEXTS, stop=st.text("<|>abc_", min_size=1), context=st.integers(1, 9999))
def test_what_is_written_is_read_back(system: str, template: str, stop: str, context: int) -> None:
    text = write(
        "./m.gguf",
        system=system,
        template=template,
        licence="MIT",
        parameters=[("stop", stop), ("num_ctx", context), ("temperature", 0.5)],
        notes=["a note"],
    )
    read = parse(text)
    assert not read.faults
    assert [(each.name, each.key, each.value) for each in read.instructions] == [
        ("FROM", "", "./m.gguf"),
        ("PARAMETER", "stop", stop),
        ("PARAMETER", "num_ctx", str(context)),
        ("PARAMETER", "temperature", "0.5"),
        ("SYSTEM", "", system),
        ("TEMPLATE", "", template),
        ("LICENSE", "", "MIT"),
    ]


def test_lines_are_counted_over_texts_of_several_lines() -> None:
    read = parse('FROM a\nSYSTEM """x\ny\n"""\n\nPARAMETER seed 1\n')
    assert [each.line for each in read.instructions] == [1, 2, 6]


def test_a_text_that_no_modelfile_can_hold_is_refused() -> None:
    for text in ('a """ b', 'he said "no"'):
        with pytest.raises(ValueError, match="cannot be written"):
            write("a", system=text)
