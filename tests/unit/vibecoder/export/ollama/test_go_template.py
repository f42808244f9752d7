"""The Go template, against renderings by Ollama's own code.

`renderings.json` was made by the packages `template` and `tools` of Ollama's source: what they print of the template
written here for a conversation, the mark of a call that they find in it, and the calls they read out of a reply.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from support.templates import trl_template, write_model
from vibecoder.export.ollama.chatml import ChatMl, recognise
from vibecoder.export.ollama.go_template import go_template
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer

MADE: dict[str, Any] = json.loads((Path(__file__).parent / "renderings.json").read_text())["models"]
CHATML = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n"
    "You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}{{'<|im_start|>' "
    "+ message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@pytest.mark.parametrize("name", MADE)
def test_ollama_prints_what_the_training_template_prints(name: str, tmp_path: Path) -> None:
    source = CHATML if name == "chatml" else trl_template(name)
    folder = NANO if name == "nano" else write_model(tmp_path / name, source or "", stops=("<|im_end|>",))
    tokenizer = ChatTokenizer.load(folder)
    form = recognise(tokenizer)
    assert form is not None
    digest = hashlib.sha256(go_template(form).encode()).hexdigest()
    assert digest == MADE[name]["template"], "the template is another now: render it by Ollama's code again"
    for case in MADE[name]["cases"]:
        conversation, tools = tokenizer.chat_template.conversation(case["messages"], case["tools"])
        assert tokenizer.chat_template.render(conversation, tools, prompt=True) == case["text"]


def test_ollama_reads_the_calls_of_a_reply() -> None:
    for name in ("nano", "qwen3"):
        assert MADE[name]["tag"] == "<tool_call>"
        assert [call["arguments"] for call in MADE[name]["calls"]] == [{"at": "<x>"}, {"at": "y"}]
        assert MADE[name]["content"] == "I look.\n"


def test_marks_of_an_action_in_a_text_stay_text() -> None:
    assert 'say {{ "{{" }} x' in go_template(ChatMl("say {{ x"))
