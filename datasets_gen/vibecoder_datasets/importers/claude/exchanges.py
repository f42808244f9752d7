"""Cut the turns of a conversation into exchanges: a prompt and all that the assistant did about it, whole and true.

An exchange ends before what cannot be kept. What follows until the next prompt answers nothing that is there, and is
counted.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field

from vibecoder.types import Message
from vibecoder_datasets.importers.claude.blocks import Result
from vibecoder_datasets.importers.claude.decisions import decided, is_decision
from vibecoder_datasets.importers.claude.edits import EDITS, Edit
from vibecoder_datasets.importers.claude.log import Log, Thread
from vibecoder_datasets.importers.claude.paths import Paths
from vibecoder_datasets.importers.claude.tools import is_blank, is_bookkeeping, translated
from vibecoder_datasets.importers.claude.turns import Call, Turn

__all__ = ["Exchange", "exchanges", "size_of"]

_CUT = "\n[{} characters left out]\n"
_NO_PROMPT = "a reply without its prompt"


@dataclass(slots=True)
class Exchange:
    """Holds what followed one prompt: its messages, and the place, step and rejection of every edit in them.

    `first` is the id of its first reply, "" where the log has none.
    """

    messages: list[Message]
    edits: list[tuple[int, int, Message]] = field(default_factory=list)
    rejected: list[tuple[int, Message]] = field(default_factory=list)
    first: str = ""

    @property
    def size(self) -> int:
        return sum(map(size_of, self.messages))

    @property
    def is_answered(self) -> bool:
        return any(message["role"] == "assistant" for message in self.messages)

    @property
    def gives_rows(self) -> bool:
        """Tell whether there is something to learn from: a reply, or one that the user did not want."""
        return self.is_answered or bool(self.rejected)

    @property
    def key(self) -> str:
        """Name the exchange by what is said and done in it: its copies in other logs have the same."""
        said = json.dumps(self.messages, sort_keys=True).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(said, digest_size=12).hexdigest()


def size_of(message: Message) -> int:
    """Characters of a message, those of its calls' arguments included."""
    calls = message.get("tool_calls", ())
    return len(message["content"]) + sum(len(str(call["function"]["arguments"])) for call in calls)


def exchanges(log: Log, thread: Thread, paths: Paths, result_size: int, steps: list[Edit]) -> list[Exchange]:
    """List the exchanges of a thread; note their edits and commands in `steps`, and what is left out in the log."""
    reader = _Reader(log.skipped, thread, paths, result_size, steps)
    for turn in thread.turns:
        reader.read(turn)
    return reader.found


class _Reader:
    """Collects exchanges turn by turn."""

    def __init__(
        self, skipped: Counter[str], thread: Thread, paths: Paths, result_size: int, steps: list[Edit]
    ) -> None:
        self.found: list[Exchange] = []
        self._skipped, self._results, self._paths = skipped, thread.results, paths
        self._result_size, self._steps = result_size, steps
        self._open: Exchange | None = None

    def read(self, turn: Turn) -> None:
        """Add a turn to the exchange that is open, or begin one."""
        if turn.role == "cut":
            self._open = None
        elif turn.role == "user":
            self._prompt("\n\n".join([turn.text, *(self._shortened(text) for text in turn.attached)]), turn.is_queued)
        elif self._open is None:
            self._skipped[_NO_PROMPT] += 1
        else:
            self._reply(self._open, turn)

    def _prompt(self, text: str, is_queued: bool = False) -> None:
        said = self._paths.text(text)
        if is_queued and self._open is None:
            self._skipped["a queued prompt of an exchange that is left out"] += 1
            return
        self._steps.append(Edit("", {}, said))
        if is_queued and self._open is not None and self._open.is_answered:
            self._open.messages.append({"role": "user", "content": said})
            return
        self._open = Exchange([{"role": "user", "content": said}])
        self.found.append(self._open)

    def _reply(self, exchange: Exchange, turn: Turn) -> None:
        """Append a turn with its results, or end the exchange before it."""
        reason = self._obstacle(turn)
        rejected = next((call for call in turn.calls if self._is_rejected(call)), None)
        if reason or rejected is not None or turn.interrupted:
            self._open = None
            if rejected is not None and not turn.broken:
                self._refuse(exchange, turn, rejected)
            elif reason and not turn.interrupted:
                self._skipped[reason] += 1
            return
        calls = [call for call in turn.calls if not is_bookkeeping(call.name)]
        if len(calls) < len(turn.calls):
            self._skipped["a call of the agent's own bookkeeping"] += len(turn.calls) - len(calls)
        made = [self._made(call) for call in calls if not is_decision(call.name)]
        questions = [found for call in calls if is_decision(call.name)
                     for found in [decided(call, self._results[call.id])] if found]  # fmt: skip
        exchange.first = exchange.first or turn.message
        self._add(exchange, self._paths.text(turn.text), made)
        for asked, answer in questions:
            self._say(exchange, self._paths.text(asked))
            exchange.messages.append({"role": "user", "content": self._paths.text(answer)})
            self._steps.append(Edit("", {}, answer))

    def _obstacle(self, turn: Turn) -> str:
        """Return why a turn cannot be kept, "" if it can."""
        if turn.broken:
            return turn.broken
        for call in turn.calls:
            result = self._results.get(call.id)
            if is_bookkeeping(call.name) and not (result and result.rejected):
                continue
            if result is None:
                return "a call without a result"
            if result.is_lost:
                return "a result with a part that is no text"
            if is_decision(call.name) and not result.rejected and decided(call, result) is None:
                return "a question whose answer is not known"
            if not result.rejected and is_blank(call, translated(call, result, self._paths)[1]):
                return "an edit of nothing but the name of a home folder"
        return ""

    def _is_rejected(self, call: Call) -> bool:
        """Tell whether the user did not let a call happen; a question that was answered otherwise is no such call."""
        result = self._results.get(call.id)
        if result is None or not result.rejected:
            return False
        return not (is_decision(call.name) and decided(call, result))

    def _refuse(self, exchange: Exchange, turn: Turn, call: Call) -> None:
        """End the exchange before a call that was rejected; what the user said instead is the next prompt."""
        result = self._results[call.id]
        self._skipped["a call that the user rejected"] += 1
        name, arguments, _ = translated(call, result, self._paths)
        if name in EDITS:
            message = _call(name, arguments)
            exchange.rejected.append((len(exchange.messages), _calling(self._paths.text(turn.text), message)))
        if not result.words:
            return
        if exchange.is_answered:
            self._prompt(result.words)
        else:
            self._open = exchange
            said = self._paths.text(result.words)
            exchange.messages[-1]["content"] += f"\n\n{said}"
            self._steps.append(Edit("", {}, said))

    def _made(self, call: Call) -> tuple[Message, str, Result]:
        result = self._results[call.id]
        name, arguments, given = translated(call, result, self._paths)
        return _call(name, arguments), given, result

    def _add(self, exchange: Exchange, text: str, made: list[tuple[Message, str, Result]]) -> None:
        if not made:
            self._say(exchange, text)
            return
        at = len(exchange.messages)
        exchange.messages.append({"role": "assistant", "content": text, "tool_calls": [call for call, _, _ in made]})
        for call, given, result in made:
            function = call["function"]
            shown = self._shortened(given)
            exchange.messages.append({"role": "tool", "name": function["name"], "content": shown})
            if not result.is_error:
                if function["name"] in EDITS:
                    exchange.edits.append((at, len(self._steps), _calling(text, call)))
                self._steps.append(Edit(function["name"], function["arguments"]))

    def _say(self, exchange: Exchange, text: str) -> None:
        """Add what the assistant said to its last words, or as a turn of its own."""
        last = exchange.messages[-1]
        if not text:
            return
        if last["role"] == "assistant" and "tool_calls" not in last:
            last["content"] += f"\n\n{text}"
        else:
            exchange.messages.append({"role": "assistant", "content": text})

    def _shortened(self, text: str) -> str:
        """Return a long result without its middle."""
        size = self._result_size
        if len(text) <= size:
            return text
        return text[: size // 2] + _CUT.format(len(text) - size // 2 * 2) + text[len(text) - size // 2 :]


def _call(name: str, arguments: dict[str, object]) -> Message:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def _calling(text: str, call: Message) -> Message:
    return {"role": "assistant", "content": text, "tool_calls": [call]}
