"""Every family of template that TRL ships: ids equal transformers' token for token, and every turn is supervised."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vibecoder.errors import DataError, RowError
from vibecoder.rendering import ChatTokenizer, prompt_ids, render, spans
from vibecoder.rendering.turns import TurnFinder
from vibecoder.types import Example

FAMILIES = [
    "cohere", "cohere2", "deepseek_r1_distill", "deepseekv3", "diffusion_gemma", "gemma", "gemma3", "gemma4",
    "gemma4_v2", "gemma4_v3", "gemma4_v4", "gemma4_v5", "glm4moe", "gptoss", "idefics3", "lfm2", "lfm2_2_5",
    "lfm2_2_5_v2", "lfm2_2_5_vl", "lfm2_v2", "llama3", "llama3_1", "llama3_2", "llava_next", "muse_glimmer",
    "nemotron_3_5_lightning", "nemotron_3_nano", "nemotron_3_super", "nemotron_3_ultra", "phi3", "phi3_5", "qwen2_5",
    "qwen2_5_vl", "qwen3", "qwen3_5_nothink", "qwen3_5_think", "qwen3_6", "qwen3_8", "qwen3_instruct_2507", "qwen3_vl",
    "smolvlm",
]  # fmt: skip
WITHOUT_TOOLS = {
    "cohere", "cohere2", "deepseek_r1_distill", "gemma", "gemma3", "idefics3", "lfm2", "llama3", "llava_next", "phi3",
    "phi3_5", "qwen2_5_vl", "smolvlm",
}  # fmt: skip
WITHOUT_THOUGHTS = {  # of some replies after the last user's turn
    "deepseekv3", "gemma4", "gemma4_v2", "gemma4_v3", "gemma4_v4", "gptoss", "lfm2_v2", "llama3_1", "llama3_2",
    "qwen2_5", "qwen3_instruct_2507", "qwen3_vl",
}  # fmt: skip
WITHOUT_TEXT_BESIDE_CALLS = {"gptoss", "llama3_1", "llama3_2", "muse_glimmer"}
FOLDING = {"gemma4", "gemma4_v3", "gemma4_v4", "gemma4_v5", "diffusion_gemma"}  # print a tool's output inside the turn
SEARCH = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "Find é <b>names</b>",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string", "description": "what"}, "limit": {"type": "integer"}},
            "required": ["query"],
        },
    },
}


def user(content: str) -> dict[str, Any]:
    return {"role": "user", "content": content}


def system(content: str) -> dict[str, Any]:
    return {"role": "system", "content": content}


def output(content: str, call: str) -> dict[str, Any]:
    return {"role": "tool", "content": content, "name": "search", "tool_call_id": call}


def reply(content: str, *calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **({"tool_calls": list(calls)} if calls else {}), **more}


def search(number: int, **arguments: Any) -> dict[str, Any]:
    return {"type": "function", "id": f"call{number:05d}", "function": {"name": "search", "arguments": arguments}}


CONVERSATIONS: dict[str, tuple[list[dict[str, Any]], list[Any]]] = {
    "one": ([user("Question one"), reply("Answer one.")], []),
    "two": ([user("Q"), reply("Answer one."), user("Q"), reply("Answer two: naïve 😀\n```py\nx = 1\n```")], []),
    "system": ([system("Be brief."), user("Q"), reply("Answer one."), user("Q"), reply("Answer two.")], []),
    "spaces": ([user("  lead "), reply("\n\n  Answer one. \n"), user("\n"), reply("x\n\n")], []),
    "empty": ([user("Q"), reply(""), user("Q"), reply("Answer one.")], []),
    "open": ([user("Q"), reply("Answer one."), user("Q")], []),
    "unanswered": ([user("Q")], []),
    "call": ([user("Q"), reply("", search(1, query="a"))], [SEARCH]),
    "tool": (
        [system("Be brief."), user("Q"), reply("", search(1, query="é x", limit=3)), output("<b>1</b>", "call00001"),
         reply("Answer one.")],
        [SEARCH],
    ),
    "tools": (
        [user("Q"), reply("Let me look.", search(1, query="a"), search(2, query="b")), output("r1", "call00001"),
         output("r2", "call00002"), reply("Answer one."), user("Q"), reply("", search(3, limit=2)),
         output("r3", "call00003"), reply("Answer two.")],
        [SEARCH],
    ),
    "reasons": (
        [user("Q"), reply("Answer one.", reasoning_content="Because."), user("Q"),
         reply("", search(1, query="z"), reasoning_content="Hmm, look."), output("r1", "call00001"),
         reply("Answer two.", reasoning_content="So.")],
        [SEARCH],
    ),
}  # fmt: skip


def unsupported(name: str, conversation: str) -> bool:
    calls = any("tool_calls" in message for message in CONVERSATIONS[conversation][0])
    return (
        (name in WITHOUT_TOOLS and calls)
        or (name == "gemma" and conversation == "system")
        or (name in WITHOUT_TEXT_BESIDE_CALLS and conversation == "tools")
        or (name in WITHOUT_THOUGHTS and conversation == "reasons")
    )


def supported(name: str) -> list[str]:
    return [each for each in CONVERSATIONS if not unsupported(name, each)]


Family = Callable[[str], tuple[ChatTokenizer, Path]]


def supervised(tokenizer: ChatTokenizer, conversation: str) -> list[str]:
    messages, tools = CONVERSATIONS[conversation]
    return [text for text, flag in spans(render(Example(messages=messages, tools=tools), tokenizer), tokenizer) if flag]


def test_every_family_that_trl_ships_is_here(trl_families: set[str]) -> None:
    assert trl_families == set(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_ids_equal_the_full_rendering_of_transformers(name: str, family: Family, reference: Any) -> None:
    tokenizer, folder = family(name)
    theirs = reference(folder)
    for each in supported(name):
        messages, tools = CONVERSATIONS[each]
        prepared, offered = tokenizer.chat_template.conversation(messages, tools)
        rendered = render(Example(messages=messages, tools=tools), tokenizer)
        assert rendered.ids.dtype == np.int32
        assert rendered.loss_mask.dtype == np.bool_
        ids = theirs.apply_chat_template(prepared, tools=offered or None, return_dict=True)["input_ids"]
        ending = [number for number in [tokenizer.ending(bool(messages[-1].get("tool_calls")))] if name == "glm4moe"]
        if messages[-1]["role"] != "assistant":
            ending = []
        assert rendered.ids.tolist() == ids + ending, each
        text = theirs.apply_chat_template(prepared, tools=offered or None, tokenize=False) + tokenizer.decode(ending)
        assert tokenizer.decode(rendered.ids) == text
        assert "".join(piece for piece, _ in spans(rendered, tokenizer)) == text
        prompt = theirs.apply_chat_template(
            prepared[: len(prepared) - len(messages) + 2], tools=offered or None, return_dict=True,
            add_generation_prompt=True,
        )["input_ids"]  # fmt: skip
        assert prompt_ids(messages[:2], tools, tokenizer) == prompt


@pytest.mark.parametrize("name", FAMILIES)
def test_every_turn_is_supervised_and_nothing_else(name: str, family: Family) -> None:
    tokenizer, _ = family(name)
    for each in supported(name):
        messages, _ = CONVERSATIONS[each]
        pieces = supervised(tokenizer, each)
        text = "".join(pieces)
        replies = [message for message in messages if message["role"] == "assistant"]
        folded = name in FOLDING and each == "tools"
        assert folded or len(pieces) == len(replies), pieces
        for message in replies:
            assert message["content"].strip() in text
            for call in message.get("tool_calls", ()):
                arguments = call["function"]["arguments"].values()
                assert all(str(value) in text for value in arguments)
        for foreign in ("Question", "Be brief", "Q<", "r1", "r2", "r3", "<b>1</b>", "lead"):
            assert foreign not in text
        header = tokenizer.turns.header
        assert not header or header not in text or name in ("gptoss", "muse_glimmer")  # channels within a turn
        if tokenizer.turns.closer and not folded:
            ends = (tokenizer.turns.closer, "<|return|>", "<|call|>", "<|tool_response>")
            assert all(piece.endswith(ends) for piece in pieces), pieces


@pytest.mark.parametrize("name", FAMILIES)
def test_mask_agrees_with_trl_where_it_marks_replies(
    name: str, family: Family, reference: Any, trl_template: Callable[[str], str | None]
) -> None:
    """TRL also supervises what stands between turns and, in some families, the header; we stop at the turn's end."""
    training = trl_template(f"{name}_training")
    if training is None:
        pytest.skip("TRL marks no replies in this family")
    tokenizer, folder = family(name)
    theirs = reference(folder)
    turns = tokenizer.turns
    glue = {*tokenizer.encode(turns.header), *tokenizer.encode("\n" + turns.trailer)}
    compared = 0
    for each in supported(name):
        messages, tools = CONVERSATIONS[each]
        rendered = render(Example(messages=messages, tools=tools), tokenizer)
        prepared, offered = tokenizer.chat_template.conversation(messages, tools)
        marked = theirs.apply_chat_template(
            prepared, tools=offered or None, return_dict=True, chat_template=training,
            return_assistant_tokens_mask=True,
        )  # fmt: skip
        if marked["input_ids"] != rendered.ids.tolist():
            continue  # the training template prints something else, such as the reasoning of earlier turns
        compared += 1
        for number, ours, trl in zip(marked["input_ids"], rendered.loss_mask, marked["assistant_masks"], strict=True):
            token = tokenizer.decode([number])
            if trl and not ours:
                assert number in glue or not token.strip(), (each, token)
            if ours and not trl:
                assert token == "<|tool_response>", (each, token)  # what ends a call in Gemma 4
    assert compared


@pytest.mark.parametrize("name", FAMILIES)
def test_marks_and_prefixes_find_the_same_turns(name: str, family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer, _ = family(name)
    for each in supported(name):
        if (name, each) == ("glm4moe", "empty"):
            continue  # a turn without text in a template without end tokens leaves no trace to search for
        by_prefix = supervised(tokenizer, each)
        with monkeypatch.context() as patch:
            patch.setattr(TurnFinder, "_by_prefix", lambda *_: (None, None))
            assert supervised(tokenizer, each) == by_prefix


@pytest.mark.parametrize("name", FAMILIES)
def test_what_a_template_does_not_show_is_refused(name: str, family: Family) -> None:
    for each in sorted(set(CONVERSATIONS) - set(supported(name))):
        with pytest.raises(RowError, match=rf"^record \(no id\): the chat template of {name} (leaves|refuses)"):
            supervised(family(name)[0], each)


@pytest.mark.parametrize("name", sorted(WITHOUT_TOOLS))
def test_calls_a_template_would_drop_are_refused(name: str, family: Family) -> None:
    with pytest.raises(DataError, match=f"template of {name} leaves tool calls out"):
        supervised(family(name)[0], "call")


def test_a_templates_refusal_is_passed_on(family: Family) -> None:
    with pytest.raises(DataError, match=r"record .*gemma refuses the conversation: System role not supported"):
        supervised(family("gemma")[0], "system")
    turns = [user("Q"), user("Q"), reply("A")]
    with pytest.raises(DataError, match="roles must alternate"):
        render(Example(messages=turns, id="0123456789abcdef"), family("gemma3")[0])
