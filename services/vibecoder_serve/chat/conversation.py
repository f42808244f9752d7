"""A conversation with one model, or with two side by side, and the votes on its replies as records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vibecoder.dataset.scrub.records import scrub
from vibecoder.types import Comparison, Message, Rated
from vibecoder_serve.app import Served
from vibecoder_serve.engines.engine import Asked, Ended
from vibecoder_serve.replies import Parsed, ReplyStream

__all__ = ["Conversation", "Reply"]

CATEGORY = "feedback"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said in one turn."""

    model: str
    parsed: Parsed
    ended: Ended

    @property
    def message(self) -> Message:
        """Return the turn in the dataset's form."""
        message: Message = {"role": "assistant", "content": self.parsed.content}
        if self.parsed.calls:
            message["tool_calls"] = [{"type": "function", "function": dict(call)} for call in self.parsed.calls]
        return message


@dataclass
class Conversation:
    """The turns so far; `system` begins it anew each time, `tools` are offered in it.

    `before` are the turns that the replies of the latest turn answered, `latest` those replies: one, or one a model.
    """

    served: Served
    tools: Sequence[Mapping[str, Any]] = ()
    system: str | None = None
    max_tokens: int = 1024
    messages: list[Message] = field(default_factory=list)
    before: list[Message] = field(default_factory=list)
    latest: list[Reply] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget the conversation."""
        self.messages = [{"role": "system", "content": self.system}] if self.system else []
        self.before, self.latest = [], []

    def say(self, text: str) -> None:
        """Add what the user says."""
        self.messages.append({"role": "user", "content": text})

    def unsay(self) -> None:
        """Take back what the user said where nothing answered it."""
        if self.messages and self.messages[-1]["role"] == "user":
            self.messages.pop()

    def ask(self, model: str, show: Callable[[str], None]) -> Reply:
        """Ask one of the models for the next turn, showing it as it comes; the conversation stays as it is.

        It is generated in a thread of its own, so that Ctrl-C stops it between two pieces.

        Raises:
            DataError: the model's template refuses the conversation, or it is too long.
        """
        prompts, engine = self.served.prompts, self.served.engine
        prompt = prompts.chat(self.messages, self.tools)
        stream = ReplyStream(prompts.reader, self.tools)

        gone = False

        def emit(piece: str) -> bool:
            if shown := stream.add(piece):
                show(shown)
            return gone

        asked = Asked(prompt, self.served.models[model], self.max_tokens, prompts.stop)
        work = self.served.thread.submit(engine.generate, asked, emit)
        try:
            ended = work.result()
        except KeyboardInterrupt:
            gone = True
            work.result()
            raise
        rest, parsed = stream.end()
        if rest:
            show(rest)
        return Reply(model, parsed, ended)

    def take(self, reply: Reply, others: Sequence[Reply] = ()) -> None:
        """Go on with a reply; `others` were given beside it."""
        self.before, self.latest = list(self.messages), [reply, *others]
        self.messages.append(reply.message)

    def answer(self, name: str, result: str) -> None:
        """Add what a tool that the model called gave."""
        self.messages.append({"role": "tool", "name": name, "content": result})

    def rated(self, good: bool) -> Rated | None:
        """Return the latest reply with a thumb, secrets masked; None where there is none."""
        if not self.latest:
            return None
        reply = self.latest[0]
        made = Rated(
            messages=self.before, completion=[reply.message], label=good, tools=self.tools, **self._labels(reply)
        )
        return scrub(made)[0]

    def fixed(self, text: str) -> Comparison | None:
        """Return what should have been said beside the latest reply, secrets masked, and go on with it."""
        if not self.latest:
            return None
        reply = self.latest[0]
        better = {"role": "assistant", "content": text}
        made = self._compared(better, reply.message, reply)
        self.messages[len(self.before) :] = [better]
        return made

    def preferred(self, model: str) -> Comparison | None:
        """Return one model's reply as better than the other's, and go on with it; None where only one was asked."""
        chosen = next((reply for reply in self.latest if reply.model == model), None)
        rejected = next((reply for reply in self.latest if reply.model != model), None)
        if chosen is None or rejected is None:
            return None
        self.messages[len(self.before) :] = [chosen.message]
        return self._compared(chosen.message, rejected.message, chosen)

    def _compared(self, chosen: Message, rejected: Message, reply: Reply) -> Comparison:
        made = Comparison(
            messages=self.before, chosen=[chosen], rejected=[rejected], tools=self.tools, **self._labels(reply)
        )
        return scrub(made)[0]

    def _labels(self, reply: Reply) -> dict[str, Any]:
        return {"category": CATEGORY, "provenance": {"source": "chat", "model": reply.model}}
