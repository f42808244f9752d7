"""Renders a model's chat template, as transformers does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from jinja2 import TemplateSyntaxError

from vibecoder.errors import DataError, ModelError
from vibecoder.rendering.environment import environment
from vibecoder.rendering.wants import find_wants

__all__ = ["ChatTemplate"]


class ChatTemplate:
    """A compiled template, and in `wants` the form in which it wants a conversation."""

    def __init__(
        self,
        model_name: str,
        templates: Mapping[str, str],
        special_tokens: Mapping[str, str],
        control_tokens: Collection[str] = (),
    ) -> None:
        made = environment()
        try:
            self._templates = {name: made.from_string(source) for name, source in templates.items()}
        except TemplateSyntaxError as error:
            raise ModelError(f"the chat template of {model_name} is not valid Jinja: {error}") from error
        self._name = model_name
        self._special_tokens = dict(special_tokens)
        self.wants = find_wants(model_name, self.render, "\0".join(templates.values()), control_tokens)

    def prepared(self, messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Copies of the messages in the form this template reads.

        Raises:
            DataError: an assistant calls a tool, and the template shows no call, or refuses every one.
        """
        return self.wants.prepared(messages)

    def conversation(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
    ) -> tuple[list[dict[str, Any]], list[Mapping[str, Any]]]:
        """Prepare the messages, and the tools to render with them; tools that have no other place are in a message.

        Raises:
            DataError: as `prepared`.
        """
        return self.wants.conversation(messages, tools)

    def render(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Any] | None = None, prompt: bool = False
    ) -> str:
        """Render the conversation as text, followed by the header of a reply if `prompt`.

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
            words = " ".join(str(error).split())
            raise DataError(f"the chat template of {self._name} refuses the conversation: {words}") from error

    def attempt(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Any] | None = None, prompt: bool = False
    ) -> str | None:
        """Try to `render`; return None where the template refuses."""
        try:
            return self.render(messages, tools, prompt)
        except DataError:
            return None
