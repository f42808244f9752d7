"""Read what the user types, answer it, and carry out the commands that begin with a slash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from vibecoder.dataset.store import Dataset
from vibecoder.errors import DataError, VibecoderError, suggestion
from vibecoder.types import Record
from vibecoder_serve.chat.conversation import Conversation, Reply
from vibecoder_serve.chat.hands import Hands

__all__ = ["HELP", "Chat"]

HELP = """\
/good, /bad      keep the last reply with a thumb up or down
/good MODEL      of two replies side by side, keep this model's as the better one, and go on with it
/fix             type what should have been said; kept as better than the reply, and the talk goes on with it
/model NAME      ask another model; /models lists them
/changes, /apply show what tools changed in their copy of the workspace; write it to the workspace
/new             begin another conversation
/quit            leave (or Ctrl-D)
A line that ends with \\ goes on in the next; three double quotes begin and end a text of several lines."""
_COMMANDS = ("good", "bad", "fix", "model", "models", "changes", "apply", "new", "help", "quit")
_TURNS = 16


@dataclass
class Chat:
    """A talk on a console; `read` returns what is typed at a prompt, None at the end."""

    conversation: Conversation
    model: str
    console: Console
    read: Callable[[str], str | None]
    votes: Dataset
    other: str | None = None
    hands: Hands | None = None

    def run(self) -> None:
        """Talk until the user leaves."""
        while (text := self._typed(f"{self.model}> ")) is not None:
            if not text.strip():
                continue
            try:
                if text.startswith("/"):
                    if self._command(text[1:]):
                        return
                else:
                    self.conversation.say(text)
                    self._answer()
            except VibecoderError as error:
                self.console.print(f"error: {error}", style="red", markup=False)
                self.conversation.unsay()
            except KeyboardInterrupt:
                self.console.print("\ninterrupted")
                self.conversation.unsay()

    def _typed(self, prompt: str) -> str | None:
        """Read a line, or several: after a backslash at its end, or between three double quotes."""
        line = self.read(prompt)
        if line is None:
            return None
        if line.startswith('"""'):
            lines, closed = [line[3:]], False
            while not (closed := lines[-1].endswith('"""')) and (more := self.read("... ")) is not None:
                lines.append(more)
            return "\n".join(lines).removesuffix('"""') if closed else "\n".join(lines)
        while line.endswith("\\") and (more := self.read("... ")) is not None:
            line = f"{line[:-1]}\n{more}"
        return line

    def _answer(self) -> None:
        """Ask for the next turn, run the calls in it, and so on until a reply makes none."""
        if self.other is not None:
            return self._side_by_side()
        for _ in range(_TURNS):
            reply = self.conversation.ask(self.model, lambda piece: self.console.out(piece, end="", highlight=False))
            self.conversation.take(reply)
            self.console.print()
            if not reply.ended.stopped:
                self.console.print(f"(cut at {reply.ended.tokens} tokens; --max-tokens)", style="dim")
            if reply.parsed.repaired:
                self.console.print(f"(a call in the form {reply.parsed.repaired} was repaired)", style="dim")
            for call in reply.parsed.calls:
                result = self._run(call["name"], call["arguments"])
                self.console.print(Text(result, style="dim"))
                self.conversation.answer(call["name"], result)
            if not reply.parsed.calls:
                return None
        self.console.print(f"(stopped after {_TURNS} turns of tools)", style="dim")
        return None

    def _run(self, name: str, arguments: dict[str, object]) -> str:
        return self.hands.run(name, arguments) if self.hands else "error: no tool can be run here"

    def _side_by_side(self) -> None:
        """Ask both models and go on with the first one's reply until the user prefers the other's."""
        assert self.other is not None
        replies = [self.conversation.ask(name, lambda piece: None) for name in (self.model, self.other)]
        table = Table(*(escape(reply.model) for reply in replies), expand=True)
        table.add_row(*(Text(_shown(reply)) for reply in replies))
        self.console.print(table)
        self.conversation.take(replies[0], replies[1:])

    def _command(self, text: str) -> bool:
        """Carry out a command; True leaves."""
        name, _, rest = text.strip().partition(" ")
        match name, rest.strip():
            case "quit", "":
                return True
            case "help", "":
                self.console.print(HELP, markup=False, highlight=False)
            case "new", "":
                self.conversation.begin()
            case "models", "":
                self.console.print("\n".join(self.conversation.served.models), markup=False)
            case "model", model if model in self.conversation.served.models:
                self.model = model
            case "model", model:
                known = self.conversation.served.models
                self.console.print(f"no model {model}{suggestion(model, known)}", markup=False)
            case (("good" | "bad"), ""):
                self._keep(self.conversation.rated(name == "good"))
            case "good", model:
                self._keep(self.conversation.preferred(model))
            case "fix", "":
                self._fix()
            case (("changes" | "apply"), "") if self.hands is None:
                self.console.print("no tools work here; start with --workspace FOLDER")
            case "changes", "":
                assert self.hands is not None
                self.console.print(Text(self.hands.changes() or "nothing was changed"))
            case "apply", "":
                assert self.hands is not None
                self.console.print(Text("\n".join(self.hands.apply()) or "nothing was changed"))
            case _:
                self.console.print(f"no command /{name}{suggestion(name, _COMMANDS)}", markup=False)
        return False

    def _fix(self) -> None:
        if not self.conversation.latest:
            return self._keep(None)
        better = self._typed("better: ")
        if better is None or not better.strip():
            self.console.print("nothing was kept")
            return None
        return self._keep(self.conversation.fixed(better))

    def _keep(self, record: Record | None) -> None:
        """Append a vote to the dataset of votes."""
        if record is None:
            self.console.print("there is no such reply to vote on")
            return
        try:
            added = self.votes.append([record])
        except DataError as error:
            self.console.print(f"not kept: {error}", markup=False)
            return
        self.console.print(f"{'kept' if added else 'was kept before'}: {self.votes.path}", markup=False, style="dim")


def _shown(reply: Reply) -> str:
    """Return a reply as text, calls included."""
    calls = [f"{call['name']}({call['arguments']})" for call in reply.parsed.calls]
    return "\n".join(filter(None, [reply.parsed.content, *calls]))
