"""Write prompts: by the tokens and template of training, or for a GGUF file alone by llama.cpp's template engine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from vibecoder.errors import DataError
from vibecoder.rendering import ChatTokenizer, prompt_ids
from vibecoder.rendering.calls import CallReader
from vibecoder.rendering.infill import infill_prompt
from vibecoder_serve.engines.engine import Prompt

__all__ = ["FilePrompts", "Prompts", "TrainedPrompts"]

_ENDS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|end|>", "<end_of_turn>", "</s>")


class Prompts(Protocol):
    """What an engine is asked with; `stop` are the ids that end a reply, beside those that llama.cpp knows."""

    @property
    def reader(self) -> CallReader: ...

    @property
    def stop(self) -> Sequence[int]: ...

    def chat(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Prompt:
        """Write a conversation and the header of its next reply."""
        ...

    def text(self, text: str) -> Prompt:
        """Write a text to go on with."""
        ...

    def infill(self, prefix: str, suffix: str) -> tuple[Prompt, int]:
        """Write what is around a span to fill in, and return it with the token that ends the span."""
        ...


class TrainedPrompts:
    """The very ids that training gives a conversation."""

    def __init__(self, tokenizer: ChatTokenizer) -> None:
        self._tokenizer = tokenizer
        self.reader, self.stop = tokenizer.calls, tokenizer.stop_ids

    def chat(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Prompt:
        return prompt_ids(messages, tools, self._tokenizer)

    def text(self, text: str) -> Prompt:
        return self._tokenizer.encode(text)

    def infill(self, prefix: str, suffix: str) -> tuple[Prompt, int]:
        return infill_prompt(prefix, suffix, self._tokenizer)


class FilePrompts:
    """Prompts by the template inside a GGUF file, which llama.cpp renders at `address`; calls are read as Hermes'."""

    reader, stop = CallReader(ends=_ENDS), ()

    def __init__(self, address: str) -> None:
        self._address = address

    def chat(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Prompt:
        asked: dict[str, Any] = {"messages": [_openai(message) for message in messages]}
        asked["chat_template_kwargs"] = {"enable_thinking": False}  # llama.cpp sets it, training does not
        if tools:
            asked["tools"] = list(tools)
        request = Request(
            f"{self._address}/apply-template", json.dumps(asked).encode(), {"Content-Type": "application/json"}
        )
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
                return str(json.load(answer)["prompt"])
        except HTTPError as error:
            words = " ".join(error.read().decode(errors="replace").split())[:300]
            raise DataError(f"the chat template of the file refuses the conversation: {words}") from error

    def text(self, text: str) -> Prompt:
        return text

    def infill(self, prefix: str, suffix: str) -> tuple[Prompt, int]:
        raise DataError("a GGUF file alone is asked through its chat template; serve it with --model to fill in spans")


def _openai(message: Mapping[str, Any]) -> dict[str, Any]:
    """Write a turn in OpenAI's form, where arguments are text."""
    calls = [call["function"] for call in message.get("tool_calls") or ()]
    made = [
        {"type": "function", "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])}}
        for call in calls
    ]
    return {**message, **({"tool_calls": made} if made else {})}
