"""A model's tokenizer and chat template, as rendering uses them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Encoding

from vibecoder.errors import DataError
from vibecoder.rendering.calls.cores import PROBE_ID
from vibecoder.rendering.calls.learn import PROBE_TOOLS
from vibecoder.rendering.calls.reader import CallReader
from vibecoder.rendering.rendering import Rendering
from vibecoder.rendering.template import ChatTemplate
from vibecoder.rendering.turns import TurnFinder
from vibecoder.rendering.vocabulary.agreement import check_agreement
from vibecoder.rendering.vocabulary.files import TokenizerFiles, read_files
from vibecoder.rendering.vocabulary.literals import Escapes, Literals
from vibecoder.rendering.vocabulary.shadow import ShadowTokenizer, any_of

__all__ = ["ChatTokenizer"]

_SAID = "Kestrel seven says so."
_CALL = {"name": "merlin_nine", "arguments": {"kestrel": "osprey"}}


class ChatTokenizer:
    """Everything about a model that rendering needs; open one with `ChatTokenizer.load` and keep it.

    `name` is the model's name in messages, `chat_template` its compiled template, `control_ids` the ids that steer the
    model rather than spell text, `stop_ids` those that end a generation, the model's own first.
    """

    def __init__(self, files: TokenizerFiles) -> None:
        self.name = files.name
        self.special_tokens = dict(files.special_tokens)
        self.add_bos = files.add_bos
        self.shadow = ShadowTokenizer(files.name, files.tokenizer, files.templates.values())
        self.chat_template = ChatTemplate(files.name, files.templates, files.special_tokens, self.shadow.controls)
        self.literals = Literals(self.shadow.controls)
        self.control: re.Pattern[str] = any_of(self.shadow.controls)
        self._declared_stops = files.stop_tokens
        self._endings: dict[bool, int | None] = {}

    @classmethod
    def load(cls, folder: Path) -> ChatTokenizer:
        """Read a model's folder.

        Raises:
            ModelError: it has no `tokenizer.json` or no chat template, one of them is broken, or transformers gives
                other ids.
        """
        tokenizer = cls(read_files(Path(folder)))
        check_agreement(Path(folder), tokenizer.name, tokenizer, tuple(tokenizer.shadow.controls))
        return tokenizer

    def __len__(self) -> int:
        return len(self.shadow)

    @property
    def control_ids(self) -> frozenset[int]:
        return frozenset(self.shadow.controls.values())

    @cached_property
    def stop_ids(self) -> tuple[int, ...]:
        controls = self.shadow.controls
        found = [stop if isinstance(stop, int) else controls.get(stop) for stop in self._declared_stops]
        found.append(controls.get(self._closing))
        return tuple(dict.fromkeys(stop for stop in found if stop is not None))

    @cached_property
    def turns(self) -> TurnFinder:
        texts = {number: text for text, number in self.shadow.controls.items()}
        stops = [texts.get(stop, "") if isinstance(stop, int) else stop for stop in self._declared_stops]
        return TurnFinder(self.chat_template, self.control, [stop for stop in stops if stop])

    @cached_property
    def calls(self) -> CallReader:
        """The reader of tool calls in the form that this template writes them."""
        texts = {number: text for text, number in self.shadow.controls.items()}
        ends = [texts[stop] for stop in self.stop_ids if stop in texts]
        return CallReader.of(self._probed_reply, ends)

    def _probed_reply(self, said: str, calls: Sequence[dict[str, Any]]) -> str | None:
        """Render a reply to a question, tools offered, and cut it out, without the token that ends it."""
        found = self._probed_turn(said, calls)
        if found is None:
            return None
        for stop in self.stop_ids:
            found = found.rstrip().removesuffix(self.decode([stop]))
        return found

    def _probed_turn(self, said: str, calls: Sequence[dict[str, Any]], followed: bool = False) -> str | None:
        """Render a reply to a question, another turn behind it if `followed`, and cut it out with what ends it."""
        made = [{"type": "function", "id": f"{PROBE_ID}{at:03}", "function": call} for at, call in enumerate(calls)]
        asked: list[dict[str, Any]] = [
            {"role": "user", "content": "Which bird?"},
            {"role": "assistant", "content": said, "tool_calls": made},
        ]
        if not calls:
            del asked[1]["tool_calls"]
        if followed:
            asked += [{"role": "tool" if calls else "user", "content": _SAID}, {"role": "assistant", "content": _SAID}]
        try:
            conversation, tools = self.chat_template.conversation(asked, PROBE_TOOLS if calls else [])
            text = self.chat_template.render(conversation, tools)
            full = Rendering.of(text, self.control)
            turns = self.turns.find(conversation, tools, full, Escapes(self.literals).take)
        except DataError:
            return None
        first = turns[0][0] if turns else 0
        return "".join(text[start:end] for index, start, end in turns if index == first)

    def ends_reply(self, token: str) -> bool:
        """Tell whether a control token is one that ends a generation."""
        return self.shadow.controls.get(token) in self.stop_ids

    def ending(self, calls: bool) -> int | None:
        """Find the stop token behind a reply that others follow, one with `calls` or without; None if it has none."""
        if calls not in self._endings:
            turn = self._probed_turn("" if calls else _SAID, [_CALL] if calls else [], followed=True) or ""
            tokens = self.control.findall(turn)
            last = tokens[-1] if tokens and turn.rstrip().endswith(tokens[-1]) else ""
            self._endings[calls] = self.shadow.controls[last] if last and self.ends_reply(last) else None
        return self._endings[calls]

    @property
    def _closing(self) -> str:
        tokens = self.control.findall(self.turns.closer)
        return tokens[-1] if tokens else ""

    def encode(self, text: str) -> list[int]:
        """Encode `text` as ids; control tokens spelled in it count as such, as in the model's own tokenizer."""
        return list(self.encode_named(self.shadow.named(self.checked(text))).ids)

    def encode_text(self, text: str) -> list[int]:
        """Encode `text`, taken literally, as ids: no control token comes out of it."""
        return list(self.encode_named(self.checked(text)).ids)

    def encode_named(self, text: str) -> Encoding:
        """Encode text whose control tokens are private names (`vibecoder.rendering.vocabulary.shadow`)."""
        return self.shadow.encode(text)

    def checked(self, text: str) -> str:
        """Return `text`, unless it contains a private name.

        Raises:
            DataError: it does; four Unicode noncharacters in a row are no text.
        """
        if self.shadow.count_names(text):
            raise DataError("a text holds Unicode noncharacters (U+FDD0 to U+FDEF) in a row; remove them")
        return text

    def decode(self, ids: Sequence[int]) -> str:
        """Decode ids as text, control tokens spelled out."""
        return self.shadow.decode([int(number) for number in ids])
