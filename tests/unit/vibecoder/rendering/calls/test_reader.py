"""Calls are read back as they were written, by every template that shows calls, of TRL's and of llama.cpp's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support import templates
from vibecoder.errors import RowError
from vibecoder.rendering import ChatTokenizer, render, spans
from vibecoder.rendering.calls import HERMES, CallReader
from vibecoder.types import Example

Call = dict[str, Any]
Family = Callable[[str], tuple[ChatTokenizer, Path]]

KINDS = {"town": "string", "code": "string", "rows": "integer", "share": "number", "deep": "boolean", "names": "array",
         "more": "object"}  # fmt: skip
NAMES = ("find_zone", "count-rows", "mcp.open_2")
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Does {name}",
            "parameters": {
                "type": "object",
                "properties": {key: {"type": kind, "description": key} for key, kind in KINDS.items()},
                "required": [],
            },
        },
    }
    for name in NAMES
]
SHOWING = sorted(
    name
    for name in templates.trl_families()
    if "tool_calls" in (templates.trl_template(name) or "") and not name.startswith(("llama3_t", "cohere"))
)
OTHERS = ("MiniMax-M3", "meetkai-functionary-medium-v3.2")
"""Arguments as tags in tags; and a name that nothing stands before."""
SHOWING += [
    name for name, source in templates.llama_cpp_templates().items() if "tool_calls" in source and name not in OTHERS
]
TEXTS = st.text(alphabet="abzé \"'{}[](),:=\n\\1.0-_/", max_size=14).filter(lambda text: text == text.strip())
VALUES = {
    "string": TEXTS,
    "integer": st.integers(-(10**9), 10**9),
    "number": st.sampled_from([0.5, -2.25, 1e-3, 12345.75]),
    "boolean": st.booleans(),
    "array": st.lists(TEXTS, max_size=3),
    "object": st.dictionaries(st.sampled_from(["deep", "wide"]), st.lists(st.integers(0, 9), max_size=2), max_size=2),
}
CALLS = st.builds(
    lambda name, arguments: {"name": name, "arguments": arguments},
    st.sampled_from(NAMES),
    st.fixed_dictionaries({}, optional={key: VALUES[kind] for key, kind in KINDS.items()}),
)


def row(said: str, calls: list[Call]) -> Example:
    made = [{"type": "function", "function": call} for call in calls]
    messages: list[Any] = [
        {"role": "user", "content": "Where is Bergen?"},
        {"role": "assistant", "content": said, "tool_calls": made},
    ]
    return Example(messages=messages, tools=TOOLS, id="f" * 32)


def replied(tokenizer: ChatTokenizer, example: Example) -> str:
    """Render a row and return the text that is supervised, as a model that has learned it would write it."""
    rendered = render(example, tokenizer)
    assert not any("Bergen" in text for text, learned in spans(rendered, tokenizer) if learned)
    return tokenizer.decode(rendered.ids[rendered.loss_mask].tolist())


@pytest.mark.parametrize("name", SHOWING)
def test_what_a_template_writes_is_read_back(name: str, family: Family) -> None:
    tokenizer = family(name)[0]
    reader = tokenizer.calls
    if not reader.shows_calls:
        pytest.skip("it shows no calls")
    assert reader.is_known
    assert reader.warnings(name) == ()
    read = 0

    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(CALLS, min_size=1, max_size=3), st.sampled_from(["", "Let me look."]))
    def check(calls: list[Call], said: str) -> None:
        nonlocal read
        try:
            reply = replied(tokenizer, row(said, calls))
        except RowError:  # several calls, or text beside one, that the template does not show, or cannot be read
            return
        assert reader.read(reply, TOOLS) == calls, reply
        assert HERMES.tries(reply), f"a call of {name} is no call for others"
        read += 1

    check()
    assert read >= 3


def test_a_family_is_told_apart_from_another(family: Family) -> None:
    calls = [{"name": "find_zone", "arguments": {"town": "Oslo"}}]
    coder, hermes = family("qwen3_6")[0].calls, family("qwen2_5")[0].calls
    reply = replied(family("qwen3_6")[0], row("", calls))
    assert coder.read(reply, TOOLS) == calls
    assert hermes.read(reply, TOOLS) is None
    assert hermes.is_hermes
    assert not coder.is_hermes


def test_types_come_from_the_tools_schema(family: Family) -> None:
    reply = replied(family("qwen3_6")[0], row("", [{"name": "find_zone", "arguments": {"code": "12", "rows": 12}}]))
    assert family("qwen3_6")[0].calls.read(reply, TOOLS) == [
        {"name": "find_zone", "arguments": {"code": "12", "rows": 12}}
    ]


BLOCK = '<tool_call>\n{"name": "find_zone", "arguments": {"town": "Oslo"}}\n</tool_call>'
CALL = {"name": "find_zone", "arguments": {"town": "Oslo"}}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (BLOCK, [CALL]),
        (f"Let me see.\n{BLOCK}\n{BLOCK}", [CALL, CALL]),
        (f"<think>\n\n</think>\n\n{BLOCK}", [CALL]),
        (f"<think>\nI could write {BLOCK}\n</think>\n\n{BLOCK}", [CALL]),
        (f"thoughts of {BLOCK}</think>I cannot.", []),
        ("<think>\nI must use <tool_call> tags.\n</think>\n\nNothing fits.", []),
        (f"<think>\nMaybe {BLOCK}", []),
        (BLOCK.replace("Oslo", "a </tool_call> b"), [{"name": "find_zone", "arguments": {"town": "a </tool_call> b"}}]),
        (BLOCK.replace("\n</tool_call>", ""), None),
        (BLOCK.replace('"Oslo"}', '"Oslo"'), None),
        (f"{BLOCK}\n<tool_call>", None),
        (BLOCK.replace('"arguments"', '"parameters"'), None),
        ("No tool fits.", []),
    ],
)
def test_hermes_form(reply: str, expected: list[Call] | None) -> None:
    assert HERMES.read(reply) == expected


def test_a_form_that_cannot_be_learned_is_said(model_folder: Callable[..., Path]) -> None:
    backwards = (
        "{% for t in tools or [] %}{{ t | tojson }}{% endfor %}{% for m in messages %}<|im_start|>{{ m.role }}\n"
        "{{ m.content }}{% for c in m.tool_calls or [] %}[{{ c.function.arguments | tojson }} to {{ c.function.name }}]"
        "{% endfor %}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    reader = ChatTokenizer.load(model_folder(backwards, name="backwards")).calls
    assert not reader.is_known
    (warning,) = reader.warnings("backwards")
    assert warning.startswith("the chat template of backwards writes tool calls in a form that cannot be read back")


MISTRAL = (
    "{% for t in tools or [] %}[AVAILABLE_TOOLS]{{ t | tojson }}[/AVAILABLE_TOOLS]{% endfor %}{% for m in messages %}"
    "{% if m.role == 'user' %}[INST]{{ m.content }}[/INST]{% elif m.role == 'assistant' %}{{ m.content }}"
    "{% for c in m.tool_calls or [] %}[TOOL_CALLS]{{ c.function.name }}[CALL_ID]{{ c.id }}[ARGS]"
    "{{ c.function.arguments | tojson }}{% endfor %}</s>{% endif %}{% endfor %}"
)


def test_an_id_between_a_name_and_its_arguments_is_any(model_folder: Callable[..., Path]) -> None:
    reader = ChatTokenizer.load(model_folder(MISTRAL, name="mistral")).calls
    assert reader.is_known
    reply = '[TOOL_CALLS]find_zone[CALL_ID]aB3dE6gH9[ARGS]{"town": "Oslo"}'
    assert reader.read(f"Let me look.{reply}{reply}") == [CALL, CALL]
    assert reader.read(reply.replace("[ARGS]", "")) is None


def test_a_template_without_calls_is_read_as_hermes(family: Family) -> None:
    reader = family("gemma3")[0].calls
    assert not reader.shows_calls
    assert reader.warnings("gemma3") == ()
    assert reader.read(BLOCK) == [CALL]


def test_the_text_beside_a_call(family: Family) -> None:
    for name in ("qwen2_5", "qwen3_6", "deepseekv3", "glm4moe"):
        tokenizer = family(name)[0]
        assert tokenizer.calls.text_beside(replied(tokenizer, row("Let me look.", [CALL]))) == "Let me look."


def test_stop_tokens_at_the_end_are_no_text() -> None:
    reader = CallReader(ends=("<|im_end|>",))
    assert reader.spoken("Yes.<|im_end|>\n").strip() == "Yes."
    assert reader.read(f"{BLOCK}<|im_end|>") == [CALL]


def test_a_row_is_refused_whose_call_nobody_could_read(family: Family) -> None:
    """LFM2's template puts a text between quotes as it is, so that a quote in it ends it."""
    tokenizer = family("lfm2_2_5")[0]
    for town in ("L'Aquila", "back\\nslash"):
        with pytest.raises(RowError, match="lfm2_2_5 writes a call in a way that cannot be read back"):
            render(row("", [{"name": "find_zone", "arguments": {"town": town}}]), tokenizer)
    assert replied(tokenizer, row("", [CALL]))
