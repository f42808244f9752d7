"""What exactly is supervised, spelled out, in templates that are awkward in different ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vibecoder.errors import DataError
from vibecoder.rendering import ChatTokenizer, render, spans
from vibecoder.types import Example

Message = dict[str, Any]
Family = Callable[[str], tuple[ChatTokenizer, Path]]

CALL = {"type": "function", "id": "call00001", "function": {"name": "look", "arguments": {"at": "x.py"}}}
TOOL = {"type": "function", "function": {"name": "look", "description": "Look.", "parameters": {"type": "object"}}}
AGENTIC: list[Message] = [
    {"role": "user", "content": "Q"},
    {"role": "assistant", "content": "I look.", "tool_calls": [CALL]},
    {"role": "tool", "content": "OUTPUT", "name": "look", "tool_call_id": "call00001"},
    {"role": "assistant", "content": "It is x.", "reasoning_content": "Hm."},
    {"role": "user", "content": "Thanks"},
    {"role": "assistant", "content": "Bye."},
]
CHAT: list[Message] = [AGENTIC[0], AGENTIC[3] | {"reasoning_content": None}, AGENTIC[4], AGENTIC[5]]


def turns_of(tokenizer: ChatTokenizer, messages: list[Message], tools: list[Any]) -> list[str]:
    rendered = render(Example(messages=messages, tools=tools), tokenizer)
    return [text for text, flag in spans(rendered, tokenizer) if flag]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "qwen2_5",
            ['I look.\n<tool_call>\n{"name": "look", "arguments": {"at": "x.py"}}\n</tool_call><|im_end|>',
             "It is x.<|im_end|>", "Bye.<|im_end|>"],
        ),
        (  # earlier reasoning is dropped, the last turn has an empty block that the model writes itself
            "qwen3",
            ['I look.\n<tool_call>\n{"name": "look", "arguments": {"at": "x.py"}}\n</tool_call><|im_end|>',
             "It is x.<|im_end|>", "<think>\n\n</think>\n\nBye.<|im_end|>"],
        ),
        (  # the header opens the block, so that the model only closes it
            "qwen3_8",
            ["</think>\n\nI look.\n\n<tool_call>\n<function=look>\n<parameter=at>\nx.py\n</parameter>\n</function>\n"
             "</tool_call><|im_end|>", "Hm.\n</think>\n\nIt is x.<|im_end|>", "</think>\n\nBye.<|im_end|>"],
        ),
        (  # text beside a call is printed after the tool's output, which stays unsupervised
            "gemma4",
            ['<|tool_call>call:look{at:<|"|>x.py<|"|>}<tool_call|>', "I look.<turn|>", "It is x.<turn|>",
             "Bye.<turn|>"],
        ),
        (  # a turn has no end of its own: whoever speaks next ends it, at the end of a row the user
            "glm4moe",
            ["\n<think></think>\nI look.\n<tool_call>look\n<arg_key>at</arg_key>\n<arg_value>x.py</arg_value>\n"
             "</tool_call><|observation|>", "\n<think></think>\nIt is x.<|user|>", "\n<think></think>\nBye.<|user|>"],
        ),
        (  # three ends: of a call, of a turn and of the conversation
            "gptoss",
            [' to=functions.look<|channel|>commentary json<|message|>{"at": "x.py"}<|call|>',
             "<|channel|>final<|message|>It is x.<|end|>", "<|channel|>final<|message|>Bye.<|return|>"],
        ),
        (  # the closing end-of-sequence token after the last turn is nobody's
            "phi3", ["It is x.<|end|>", "Bye.<|end|>"],
        ),
        (  # arguments must be JSON text here
            "deepseekv3",
            ["I look.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>look\n```json\n"
             '{"at": "x.py"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>',
             "It is x.<｜end▁of▁sentence｜>", "Bye.<｜end▁of▁sentence｜>"],
        ),
        (  # no end-of-turn word in the header, text as parts
            "llava_next", [" It is x.</s>", " Bye.</s>"],
        ),
    ],
)  # fmt: skip
def test_supervised_text_of_a_family(name: str, expected: list[str], family: Family) -> None:
    tokenizer, _ = family(name)
    agentic = tokenizer.chat_template.wants.shows_calls
    messages = [dict(message) for message in (AGENTIC if agentic else CHAT)]
    if name == "gptoss":
        messages[1]["content"] = ""  # its template leaves text beside a call out
    if not tokenizer.chat_template.wants.thoughts:
        messages[3].pop("reasoning_content", None)
    assert turns_of(tokenizer, messages, [TOOL] if agentic else []) == expected


MISTRAL = """{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}
{%- if tools and m is sameas (messages | selectattr('role', 'equalto', 'user') | list | last) -%}
[AVAILABLE_TOOLS]{{ tools | tojson }}[/AVAILABLE_TOOLS]{% endif -%}
[INST]{{ m.content }}[/INST]{% elif m.role == 'tool' %}[TOOL_RESULTS]{{ m.content }}[/TOOL_RESULTS]
{%- elif m.tool_calls %}[TOOL_CALLS]{% for c in m.tool_calls %}{{ c.function | tojson }}{% endfor %}</s>
{%- else %}{{ m.content | trim }}</s>{% endif %}{% endfor %}"""


def test_a_template_without_headers_that_moves_the_tools(model_folder: Callable[..., Path]) -> None:
    tokenizer = ChatTokenizer.load(model_folder(MISTRAL, config={"eos_token": "</s>"}))
    messages = [dict(message) for message in AGENTIC]
    messages[1]["content"] = ""
    del messages[3]["reasoning_content"]
    expected = ['[TOOL_CALLS]{"name": "look", "arguments": {"at": "x.py"}}</s>', "It is x.</s>", "Bye.</s>"]
    assert tokenizer.turns.header == ""
    assert turns_of(tokenizer, messages, [TOOL]) == expected
    assert turns_of(tokenizer, CHAT, [TOOL]) == ["It is x.</s>", "Bye.</s>"]


PLAIN = """{% for m in messages %}{{ m.role | upper }}: {{ m.content }}
{% endfor %}{% if add_generation_prompt %}ASSISTANT: {% endif %}"""


def test_a_template_without_control_tokens(model_folder: Callable[..., Path]) -> None:
    tokenizer = ChatTokenizer.load(model_folder(PLAIN))
    # The line break is all that ends a turn here, so it is learnt. The header's last space and the bracket are one
    # token, which begins in the header: it is part of the prompt, as far as a mask over tokens can tell.
    messages = [CHAT[0], {"role": "assistant", "content": "(It is x"}, CHAT[2]]
    assert turns_of(tokenizer, messages, []) == ["It is x\n"]


def test_generation_tags_are_accepted(model_folder: Callable[..., Path], family: Family) -> None:
    tagged = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}"
        "{% generation %}{% set text = m.content %}{{ text }}<|im_end|>{% endgeneration %}\n"
        "{% else %}{{ m.content }}<|im_end|>\n{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    tokenizer = ChatTokenizer.load(model_folder(tagged))
    assert turns_of(tokenizer, CHAT, []) == ["It is x.<|im_end|>", "Bye.<|im_end|>"]


def test_two_replies_in_a_row(nano: ChatTokenizer) -> None:
    messages = [CHAT[0], CHAT[1], CHAT[3]]
    assert turns_of(nano, messages, []) == ["It is x.<|im_end|>", "Bye.<|im_end|>"]


def test_a_conversation_that_begins_with_a_reply(nano: ChatTokenizer) -> None:
    assert turns_of(nano, [CHAT[1], CHAT[2], CHAT[3]], []) == ["It is x.<|im_end|>", "Bye.<|im_end|>"]


def test_a_template_that_computes_with_the_texts_is_refused(model_folder: Callable[..., Path]) -> None:
    template = "{% for m in messages %}{{ m.content | length }}{% if loop.last %}{{ m.content }}{% endif %}{% endfor %}"
    tokenizer = ChatTokenizer.load(model_folder(template))
    with pytest.raises(DataError, match="record 0123456789ab: the chat template"):
        render(Example(messages=CHAT, id="0123456789abcdef"), tokenizer)


def test_arguments_as_json_text_are_read(nano: ChatTokenizer) -> None:
    call = {"type": "function", "function": {"name": "look", "arguments": '{"at": "x.py"}'}}
    messages = [AGENTIC[0], AGENTIC[1] | {"tool_calls": [call]}]
    assert turns_of(nano, messages, []) == turns_of(nano, AGENTIC[:2], [])
    broken = [AGENTIC[0], AGENTIC[1] | {"tool_calls": [{"function": {"name": "look", "arguments": "{"}}]}]
    with pytest.raises(DataError, match="the arguments of a call of look are not JSON"):
        turns_of(nano, broken, [])
