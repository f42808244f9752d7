"""Read the calls of a model's replies in the form that its chat template writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vibecoder.rendering.calls.cores import Call
from vibecoder.rendering.calls.foreign import foreign_call
from vibecoder.rendering.calls.form import HERMES_FORM, CallForm
from vibecoder.rendering.calls.learn import Reply, learn_form
from vibecoder.rendering.calls.thoughts import without_thoughts

__all__ = ["HERMES", "CallReader"]


@dataclass(frozen=True, slots=True)
class CallReader:
    """Reads replies in `form`; `ends` are texts of the tokens that end a reply.

    `is_known` is false where the template writes calls in a form that could not be learned, or none at all: then
    Hermes' form is assumed, and calls of other forms count as none that can be read.
    """

    form: CallForm = HERMES_FORM
    ends: tuple[str, ...] = ()
    is_known: bool = True
    shows_calls: bool = True

    @classmethod
    def of(cls, reply: Reply, ends: Sequence[str]) -> CallReader:
        """Learn the form of calls from the replies that a template renders."""
        form = learn_form(reply)
        shows = form is not None or reply("", [{"name": "merlin_nine", "arguments": {}}]) is not None
        return cls(form or HERMES_FORM, tuple(ends), form is not None, shows)

    def warnings(self, model: str) -> tuple[str, ...]:
        """Say that calls of the model cannot be judged, where its template writes some that are not read back."""
        if self.is_known or not self.shows_calls:
            return ()
        return (
            f"the chat template of {model} writes tool calls in a form that cannot be read back: only calls in "
            f"{self.form.before.strip()} tags count, so held-out tool calls and the gate do not see its own",
        )

    @property
    def is_hermes(self) -> bool:
        return self.form.core == HERMES_FORM.core and self.form.before.strip() == HERMES_FORM.before.strip()

    def spoken(self, reply: str) -> str:
        """Return the reply without thoughts and without the token that ends it."""
        text = without_thoughts(reply)
        for end in self.ends:
            text = text.rstrip().removesuffix(end) if text.rstrip().endswith(end) else text
        return text

    def read(self, reply: str, tools: Sequence[Mapping[str, Any]] = ()) -> list[Call] | None:
        """Read a reply's calls, in order, typed by the schemas of `tools`; None where one cannot be read."""
        return self.form.read(self.spoken(reply), tools)

    def tries(self, reply: str) -> bool:
        """Tell whether a reply calls a tool, or begins to, in any form."""
        return self.read(reply) != [] or foreign_call(self.spoken(reply))

    def text_beside(self, reply: str) -> str:
        """Return what the reply says before its first call."""
        spoken, opener = self.spoken(reply), self.form.before.strip()
        return spoken.split(opener)[0].strip() if opener else ("" if self.read(reply) else spoken.strip())


HERMES = CallReader()
"""Reads the form of Qwen2.5, for replies whose model is not known."""
