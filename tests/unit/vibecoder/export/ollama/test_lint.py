"""Twenty Modelfiles and more, right and wrong, written from Ollama's documentation; what its own reader says of each.

`READS` was checked with the package `parser` of Ollama's own source, at its commit of 21 August 2026.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from vibecoder.export.ollama.lint import lint

CHATML = '"""{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}{{ .Tools }}"""'
RIGHT = {
    "a name": "FROM llama3.2\n",
    "small letters and comments": "# mine\nfrom llama3.2:3b\n\n# cooler\nparameter temperature 0.2\n",
    "a file with all it needs": (
        f"FROM ./m.gguf\nTEMPLATE {CHATML}\nPARAMETER stop <|im_end|>\nPARAMETER stop <|endoftext|>\n"
        "PARAMETER num_ctx 8192\n"
    ),
    "texts over several lines": 'FROM a\nSYSTEM """You are\nbrief.\n"""\nLICENSE """\nMIT\n"""\n',
    "a text in one pair of quotes": 'FROM a\nSYSTEM "You are\nbrief."\n',
    "a conversation": "FROM a\nMESSAGE user Is it?\nMESSAGE assistant yes\nMESSAGE system Be brief.\n",
    "the order is free": "PARAMETER seed 42\nREQUIRES 0.14.0\nFROM a\n",
    "windows": "FROM a\r\nPARAMETER top_k 40\r\n",
    "no newline at the end": "FROM a\nPARAMETER use_mmap false",
    "quotes within a text": 'FROM a\nSYSTEM """Say "no"."""\n',
}
WRONG = {
    "the seed's PARAM": ("FROM a\nPARAM stop x\n", "line 2: PARAM is no instruction; did you mean PARAMETER?"),
    "no FROM": ("SYSTEM Be brief.\n", "no FROM; name the model's GGUF file"),
    "a comment behind a value": (
        "FROM a\nPARAMETER top_k 40 # few\n",
        "must be a whole number, not 40 # few (a comment",
    ),
    "a word for a number": ("FROM a\nPARAMETER temperature hot\n", "temperature must be a number, not hot"),
    "a parameter that is none": ("FROM a\nPARAMETER temprature 1\n", "did you mean temperature?"),
    "a parameter without a value": ("FROM a\nPARAMETER seed\n", "PARAMETER seed lacks a value"),
    "quotes that stay open": ('FROM a\nSYSTEM """Be\nbrief.\n', "line 2: SYSTEM: the quotes"),
    "a role that is none": ("FROM a\nMESSAGE tool x\n", "one of system, user, assistant, not tool"),
    "an adapter": ("FROM a\nADAPTER ./lora.gguf\n", "refuses ADAPTER; merge"),
    "Jinja": ('FROM a\nTEMPLATE """{% for m in messages %}{{ m }}{% endfor %}"""\n', "not Jinja"),
    "an action too few": ('FROM a\nTEMPLATE """{{ if .System }}{{ .Prompt }}"""\n', "does not parse as a Go template"),
    "an end too many": ('FROM a\nTEMPLATE """{{ .Prompt }}{{ end }}"""\n', "does not parse as a Go template"),
    "a version that is none": ("FROM a\nREQUIRES latest\n", "a version such as 0.14.0, not latest"),
    "a line that is none": ("FROM a\n- seed 1\n", "line 2: no instruction: - seed 1"),
}
DOUBTFUL = {
    "single quotes": ("FROM a\nPARAMETER stop '<|im_end|>'\n", "become part of the text"),
    "deprecated": ("FROM a\nPARAMETER mirostat 1\n", "is deprecated"),
    "out of range": ("FROM a\nPARAMETER top_p 9\n", "values from 0 to 1 make sense"),
    "twice": ("FROM a\nPARAMETER seed 1\nPARAMETER seed 2\n", "seed is set 2 times"),
    "two texts": ("FROM a\nSYSTEM a\nSYSTEM b\n", "line 3: a second SYSTEM replaces the first"),
    "a file alone": ("FROM ./m.gguf\n", "no TEMPLATE"),
    "no stops": (f"FROM ./m.gguf\nPARAMETER num_ctx 1\nTEMPLATE {CHATML}\n", "no PARAMETER stop"),
    "no tools": ('FROM a\nTEMPLATE """{{ range .Messages }}{{ end }}"""\n', "does not print .Tools"),
    "no variable": ("FROM a\nTEMPLATE hello\n", "names no variable"),
    "a character that is lost": ("FROM a\nSYSTEM a\u00a0b\n", "leaves out: U+00A0"),
    "safetensors": ("FROM ./model.safetensors\nPARAMETER num_ctx 1\nTEMPLATE {{ .Prompt }}\n", "give a quantized GGUF"),
}
READS = {  # whether Ollama's reader takes the text; values and files it checks later
    **dict.fromkeys(RIGHT, True),
    **dict.fromkeys(WRONG, True),
    **dict.fromkeys(DOUBTFUL, True),
}
READS |= dict.fromkeys(
    ("the seed's PARAM", "no FROM", "a parameter without a value", "quotes that stay open", "a role that is none",
     "a line that is none"), False
)  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_right_ones_pass(name: str) -> None:
    assert lint(RIGHT[name]) == []


@pytest.mark.parametrize("name", WRONG)
def test_wrong_ones_are_named_with_the_line_and_the_fix(name: str) -> None:
    text, said = WRONG[name]
    errors = [str(found) for found in lint(text) if found.is_error]
    assert any(said in error for error in errors), errors


@pytest.mark.parametrize("name", DOUBTFUL)
def test_doubtful_ones_are_warned_of(name: str) -> None:
    text, said = DOUBTFUL[name]
    found = lint(text)
    assert not any(each.is_error for each in found)
    assert any(said in str(each) for each in found), found


def test_a_file_that_is_missing_is_an_error_where_a_folder_is_known(tmp_path: Path) -> None:
    text = RIGHT["a file with all it needs"]
    assert [str(each) for each in lint(text, tmp_path)] == ["error: line 1: FROM ./m.gguf: there is no such file"]
    (tmp_path / "m.gguf").touch()
    assert lint(text, tmp_path) == []


def test_what_ollama_does_not_read_is_an_error_here_too() -> None:
    texts = {**RIGHT, **{name: text for name, (text, _) in {**WRONG, **DOUBTFUL}.items()}}
    for name, reads in READS.items():
        if not reads:
            assert any(each.is_error for each in lint(texts[name])), name
