"""Renders a model's chat template, in the Jinja environment that transformers gives it."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vibecoder.errors import DataError, ModelError
from vibecoder.rendering.literals import STAND_IN

__all__ = ["TODAY", "ChatTemplate"]

TODAY = datetime.datetime(2026, 1, 1)
"""The day it is in every rendered conversation: a template that prints the date must not make two runs differ."""

_REASONING = ("reasoning_content", "thinking", "reasoning")
_PROBE_TEXT, _PROBE_TOOL = "Kestrel7", "merlin_9"


class _GenerationTag(Extension):
    """Accepts `{% generation %}`, which training templates mark replies with; spans are found without it."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        return nodes.Scope(parser.parse_statements(("name:endgeneration",), drop_needle=True), lineno=line)


def _refuse(message: str) -> None:
    raise TemplateError(message)


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, sort_keys=sort_keys)
    if not ensure_ascii:
        return text
    # The stand-ins of escaped control tokens must come through as they are.
    return re.sub(r"[^\x00-\x7f]", lambda m: m[0] if STAND_IN.match(m[0]) else json.dumps(m[0])[1:-1], text)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_GenerationTag, loopcontrols]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = TODAY.strftime
    return environment


class ChatTemplate:
    """A compiled template and the form in which it wants a conversation.

    `as_parts`: text must come as `[{"type": "text", "text": ...}]`, as vision models' templates ask.
    `as_json`: tool-call arguments must come as JSON text. `shows_calls`: tool calls appear in its output at all.
    """

    def __init__(self, model_name: str, templates: Mapping[str, str], special_tokens: Mapping[str, str]) -> None:
        environment = _environment()
        try:
            self._templates = {name: environment.from_string(source) for name, source in templates.items()}
        except TemplateSyntaxError as error:
            raise ModelError(f"the chat template of {model_name} is not valid Jinja: {error}") from error
        self._name = model_name
        self._special_tokens = dict(special_tokens)
        self.as_parts = self.as_json = False
        self.as_parts = self._needs_parts()
        self.shows_calls, self.as_json = self._calls()

    def prepared(self, messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Copies of the messages in the form this template reads.

        Raises:
            DataError: an assistant calls a tool, and the template would drop the call without a word.
        """
        return [self._prepared(message) for message in messages]

    def render(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Any] | None = None, prompt: bool = False
    ) -> str:
        """The conversation as text, followed by the header of a reply if `prompt`.

        Raises:
            DataError: the template refuses the conversation, with the template's own words.
        """
        template = (
            self._templates["tool_use"] if tools and "tool_use" in self._templates else self._templates["default"]
        )
        try:
            return template.render(
                messages=list(messages),
                tools=list(tools) if tools else None,
                documents=None,
                add_generation_prompt=prompt,
                **self._special_tokens,
            )
        except Exception as error:  # a template is a program: it may fail in any way
            raise DataError(f"the chat template of {self._name} refuses the conversation: {error}") from error

    def attempt(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Any] | None = None, prompt: bool = False
    ) -> str | None:
        """`render`, or None where the template refuses."""
        try:
            return self.render(messages, tools, prompt)
        except DataError:
            return None

    def _prepared(self, message: Mapping[str, Any]) -> dict[str, Any]:
        copy = {key: value for key, value in message.items() if key != "weight"}
        if copy.get("content") is None:
            copy["content"] = ""
        if self.as_parts and isinstance(copy["content"], str):
            copy["content"] = [{"type": "text", "text": copy["content"]}]
        reasoning = next((message[key] for key in _REASONING if message.get(key) is not None), None)
        if reasoning is not None:
            copy = {"thinking": reasoning, **copy, "reasoning_content": reasoning}
        if message.get("tool_calls"):
            if not self.shows_calls:
                raise DataError(
                    f"the chat template of {self._name} leaves tool calls out; use a model that knows tools"
                )
            copy["tool_calls"] = [self._prepared_call(call) for call in message["tool_calls"]]
        return copy

    def _prepared_call(self, call: Mapping[str, Any]) -> dict[str, Any]:
        function = dict(call.get("function") or call)
        arguments = function.get("arguments", {})
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments)
            except ValueError as error:
                raise DataError(f"the arguments of a call of {function.get('name')} are not JSON: {error}") from error
        function["arguments"] = json.dumps(arguments, ensure_ascii=False) if self.as_json else arguments
        return {"type": "function", **call, "function": function} if "function" in call else {**call, **function}

    def _needs_parts(self) -> bool:
        text = self.attempt([{"role": "user", "content": _PROBE_TEXT}])
        if text is not None and _PROBE_TEXT in text:
            return False
        parts = self.attempt([{"role": "user", "content": [{"type": "text", "text": _PROBE_TEXT}]}])
        return parts is not None and _PROBE_TEXT in parts

    def _calls(self) -> tuple[bool, bool]:
        """Whether tool calls are shown, and whether their arguments must be JSON text."""
        tool = {"name": _PROBE_TOOL, "description": "", "parameters": {"type": "object", "properties": {}}}
        for as_json, arguments in ((False, {"key": "value"}), (True, '{"key": "value"}')):
            function = {"name": _PROBE_TOOL, "arguments": arguments}
            call = {"type": "function", "id": "call00001", "function": function}
            user = {"role": "user", "content": _PROBE_TEXT}
            reply = {"role": "assistant", "content": "", "tool_calls": [call]}
            plain = self.attempt([user, {"role": "assistant", "content": ""}], [{"type": "function", "function": tool}])
            shown = self.attempt([user, reply], [{"type": "function", "function": tool}])
            if shown is None or "{'key'" in shown:  # a dict printed by Python is no JSON
                continue
            if shown.count(_PROBE_TOOL) > (plain or "").count(_PROBE_TOOL):
                return True, as_json
        return False, False
