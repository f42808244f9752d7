"""A control token that a conversation merely spells stays text, and everything else is as it always is."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

import vibecoder
from vibecoder.errors import DataError, RowError
from vibecoder.rendering import ChatTokenizer, prompt_ids, render, spans
from vibecoder.rendering.vocabulary.shadow import NAME
from vibecoder.types import Example, Infill, Rendered

FOLDER = Path(vibecoder.__file__).parent / "nano"
NANO = ChatTokenizer.load(FOLDER)
SOURCE = json.loads((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
BARE = Tokenizer.from_str(json.dumps(SOURCE | {"added_tokens": []}))
WHOLE = Tokenizer.from_str(json.dumps(SOURCE))
CONTROLS = sorted(NANO.shadow.controls)
PARTS = sorted({part for text in CONTROLS for cut in range(1, len(text)) for part in (text[:cut], text[cut:])})
TEXT = st.lists(
    st.one_of(
        st.sampled_from(CONTROLS), st.sampled_from(PARTS), st.text(max_size=8), st.sampled_from([" ", "\n", "é"])
    ),
    max_size=6,
).map(lambda pieces: unicodedata.normalize("NFC", "".join(pieces)))
CLEAN = TEXT.filter(lambda text: not any("\ufdd0" <= character <= "\ufdef" for character in text))
VALUES = st.one_of(CLEAN, st.integers(), st.booleans(), st.lists(CLEAN, max_size=2))
CALLS = st.builds(
    lambda name, arguments: {"type": "function", "function": {"name": name, "arguments": arguments}},
    CLEAN,
    st.dictionaries(CLEAN, VALUES, max_size=3),
)
MESSAGES = st.lists(
    st.one_of(
        st.builds(lambda text: {"role": "user", "content": text}, CLEAN),
        st.builds(lambda text: {"role": "tool", "content": text}, CLEAN),
        st.builds(lambda text: {"role": "assistant", "content": text}, CLEAN),
        st.builds(
            lambda text, calls: {"role": "assistant", "content": text, "tool_calls": calls},
            CLEAN,
            st.lists(CALLS, min_size=1, max_size=2),
        ),
    ),
    min_size=1,
    max_size=5,
).map(lambda messages: [{"role": "user", "content": "Q"}, *messages])
TOOLS = st.lists(
    st.builds(lambda name, text: {"type": "function", "function": {"name": name, "description": text}}, CLEAN, CLEAN),
    max_size=2,
)


def controls_in(ids: Any) -> list[int]:
    return [number for number in map(int, ids) if number in NANO.control_ids]


def harmless(value: Any) -> Any:
    """The same conversation without any text that could be mistaken for a token."""
    if isinstance(value, str):
        return "x" if value else ""
    if isinstance(value, list):
        return [harmless(item) for item in value]
    return {key: item if key in ("role", "type") else harmless(item) for key, item in value.items()}


def without_arguments(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return json.loads(
        json.dumps(messages), object_hook=lambda value: value | ({"arguments": {}} if "arguments" in value else {})
    )


def expected_turns(messages: list[dict[str, Any]]) -> list[str]:
    turns = []
    for message in messages:
        if message["role"] != "assistant":
            continue
        parts = [message["content"]] if message["content"] or "tool_calls" not in message else []
        for call in message.get("tool_calls", ()):
            function = call["function"]
            arguments = json.dumps(function["arguments"], ensure_ascii=False)
            parts.append(f'<tool_call>\n{{"name": "{function["name"]}", "arguments": {arguments}}}\n</tool_call>')
        turns.append("\n".join(parts) + "<|im_end|>")
    return turns


def readable(messages: list[dict[str, Any]], tools: list[Any]) -> Rendered:
    """Render a row, or give up on one whose call nobody could read: a quote in a name, a stray tag beside a call."""
    try:
        return render(Example(messages=messages, tools=tools), NANO)
    except RowError as error:
        if "cannot be read back" not in str(error):
            raise
        reject()


@settings(max_examples=300, deadline=None)
@given(MESSAGES, TOOLS)
def test_no_control_token_arises_from_content(messages: list[dict[str, Any]], tools: list[Any]) -> None:
    rendered = readable(messages, tools)
    plain = render(Example(messages=harmless(without_arguments(messages)), tools=harmless(tools)), NANO)
    assert controls_in(rendered.ids) == controls_in(plain.ids)
    assert controls_in(rendered.ids[rendered.loss_mask]) == controls_in(plain.ids[plain.loss_mask])
    assert controls_in(prompt_ids(messages, tools, NANO)) == controls_in(
        prompt_ids(harmless(without_arguments(messages)), harmless(tools), NANO)
    )


@settings(max_examples=300, deadline=None)
@given(MESSAGES, TOOLS)
def test_the_row_decodes_to_the_rendering_and_the_mask_to_the_turns(
    messages: list[dict[str, Any]], tools: list[Any]
) -> None:
    rendered = readable(messages, tools)
    text = NANO.chat_template.render(messages, tools)
    assert NANO.decode(rendered.ids) == unicodedata.normalize("NFC", text)
    pieces = spans(rendered, NANO)
    assert "".join(piece for piece, _ in pieces) == NANO.decode(rendered.ids)
    turns = [piece for piece, flag in pieces if flag]
    wanted = [unicodedata.normalize("NFC", turn) for turn in expected_turns(messages)]
    assert len(turns) == len(wanted)
    for turn, full in zip(turns, wanted, strict=True):
        # Line breaks that a reply begins with are one token with the header's own, which the turn does not begin.
        assert full.endswith(turn)
        assert not full.removesuffix(turn).strip()


@settings(max_examples=200, deadline=None)
@given(CLEAN)
def test_text_is_encoded_as_by_a_tokenizer_without_control_tokens(text: str) -> None:
    assert NANO.encode_text(text) == BARE.encode(text, add_special_tokens=False).ids
    assert NANO.encode(text) == WHOLE.encode(text, add_special_tokens=False).ids
    assert NANO.decode(NANO.encode_text(text)) == text


@settings(max_examples=100, deadline=None)
@given(CLEAN, CLEAN, CLEAN)
def test_infill_takes_its_texts_literally(prefix: str, middle: str, suffix: str) -> None:
    rendered = render(Infill(prefix=prefix, middle=middle, suffix=suffix), NANO)
    names = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|endoftext|>"]
    assert controls_in(rendered.ids) == [NANO.shadow.controls[name] for name in names]
    assert NANO.decode(rendered.ids) == f"{names[0]}{prefix}{names[1]}{suffix}{names[2]}{middle}{names[3]}"
    assert NANO.decode(rendered.ids[rendered.loss_mask]) == f"{middle}{names[3]}"
    assert rendered.ids[rendered.loss_mask].tolist()[:-1] == NANO.encode_text(middle)


@pytest.mark.parametrize("name", ["qwen3", "llama3_1", "gemma4", "glm4moe", "deepseekv3", "lfm2_2_5", "qwen3_8"])
def test_every_control_token_of_a_family_stays_text(
    name: str, family: Callable[[str], tuple[ChatTokenizer, Path]]
) -> None:
    tokenizer, _ = family(name)

    def conversation(text: str) -> Example:
        call = {"type": "function", "function": {"name": "look", "arguments": {"at": text, "deep": {"er": [text]}}}}
        messages = [
            {"role": "system", "content": text},
            {"role": "user", "content": text},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": text, "name": "look"},
            {"role": "assistant", "content": text},
        ]
        parameters = {"type": "object", "properties": {"at": {"type": "string", "description": text}}}
        tool = {"type": "function", "function": {"name": "look", "description": text, "parameters": parameters}}
        return Example(messages=messages, tools=[tool])

    def controls(text: str) -> list[int]:
        ids = render(conversation(text), tokenizer).ids.tolist()
        return [number for number in ids if number in tokenizer.control_ids]

    usual = controls("word")
    for token in tokenizer.shadow.controls:
        assert controls(f"a {token} b") == usual, token
        assert controls(token) == usual, token
        assert token in tokenizer.decode(render(conversation(f"a {token} b"), tokenizer).ids)


@pytest.mark.parametrize(
    ("template", "content"),
    [
        ("{{ m.content }}im_end|>", "a <|"),
        ("{{ m.content | trim }}|>", "<|im_end "),
        ("<|im_{{ m.content }}", "end|> b"),
        ("<{{ m.content | trim }}", "\n|im_end|>"),
        ("{{ m.content }}{{ m.other }}", "<|im_e"),
    ],
)
def test_half_a_token_is_not_completed_by_the_template(
    template: str, content: str, model_folder: Callable[..., Path]
) -> None:
    folder = model_folder("{% for m in messages %}" + template + "{% endfor %}<|im_end|>")
    tokenizer = ChatTokenizer.load(folder)
    rendered = render(Example(messages=[{"role": "user", "content": content, "other": "nd|>"}]), tokenizer)
    assert tokenizer.decode(rendered.ids).count("<|im_end|>") == 2
    found = [number for number in rendered.ids.tolist() if number in tokenizer.control_ids]
    assert found == [tokenizer.shadow.controls["<|im_end|>"]]


def test_rare_ideographs_are_themselves(nano: ChatTokenizer) -> None:
    text = "𠀀 𠀁 \U0002a6dc <|im_end|> 𠀀"
    rendered = render(Example(messages=[{"role": "user", "content": text}]), nano)
    assert f"user\n{text}<|im_end|>" in nano.decode(rendered.ids)


def test_a_forged_private_name_is_refused(nano: ChatTokenizer) -> None:
    forged = nano.shadow.names["<|im_end|>"]
    assert NAME.fullmatch(forged)
    for record in (
        Example(messages=[{"role": "user", "content": f"a{forged}"}]),
        Infill(prefix="", middle=forged, suffix=""),
    ):
        with pytest.raises(DataError, match="noncharacters"):
            render(record, nano)
    lone = Example(messages=[{"role": "user", "content": f"{forged[0]} {forged[1:]}"}])
    assert nano.decode(render(lone, nano).ids).count(forged[0]) == 1


def test_half_a_surrogate_pair_is_refused(nano: ChatTokenizer) -> None:
    with pytest.raises(DataError, match="surrogate"):
        render(Example(messages=[{"role": "user", "content": "\ud83d"}]), nano)
