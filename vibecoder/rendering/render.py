"""From a record to token ids and a loss mask over every assistant turn, and from those to text one can look at."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from vibecoder.errors import DataError, RowError
from vibecoder.rendering.infill import render_infill
from vibecoder.rendering.rendering import Rendering
from vibecoder.rendering.said import check_said
from vibecoder.rendering.tokenizer import ChatTokenizer
from vibecoder.rendering.vocabulary.literals import STAND_IN, Escapes
from vibecoder.types import Example, Infill, Record, Rendered, is_learned

__all__ = ["prompt_ids", "render", "spans"]


def render(record: Record, tokenizer: ChatTokenizer) -> Rendered:
    """Token ids and loss mask of one record, uncut.

    An `Example` is its full chat rendering, supervised from the end of each reply's header through the token that ends
    the reply: text and tool calls, never tool output, nor a reply of `weight` 0. An `Infill` is raw fill-in-the-middle.
    The ids are those that the model's own tokenizer gives for the model's own template, save that control tokens which
    the record's texts merely spell stay text. A row can be without any supervised token.

    Raises:
        RowError: the template refuses the conversation or leaves some of it out, or the model has no tokens for
            infilling.
    """
    try:
        if isinstance(record, Infill):
            return render_infill(record, tokenizer)
        if isinstance(record, Example):
            return _render_example(record, tokenizer)
    except DataError as error:
        raise RowError(record.id, str(error)) from error
    raise RowError(record.id, f"a {type(record).__name__} record cannot be rendered for supervised training")


def prompt_ids(
    messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], tokenizer: ChatTokenizer
) -> list[int]:
    """Return the ids a model is prompted with for its next reply: the conversation and the header of that reply.

    Raises:
        DataError: the template refuses the conversation, or leaves some of it out.
    """
    escapes = Escapes(tokenizer.literals)
    conversation, offered = map(escapes.escape, tokenizer.chat_template.conversation(messages, tools))
    text = tokenizer.chat_template.render(conversation, offered, prompt=True)
    check_said(tokenizer.chat_template, conversation, offered, text, escapes.take, prompt=True)
    named, _ = _named(Rendering.of(text, tokenizer.control), tokenizer, escapes)
    return list(tokenizer.encode_named(named).ids)


def spans(rendered: Rendered, tokenizer: ChatTokenizer) -> list[tuple[str, bool]]:
    """Split a row's text into pieces with a flag for supervised; joined, they are the decoded row.

    A character whose bytes are divided between two pieces belongs to the later one.
    """
    ids = rendered.ids.tolist()
    full = tokenizer.decode(ids)
    pieces: list[tuple[str, bool]] = []
    position = done = 0
    for flag, run in groupby(rendered.loss_mask.tolist()):
        position += sum(1 for _ in run)
        end = len(full) if position == len(ids) else _agreed(tokenizer.decode(ids[:position]), full)
        pieces.append((full[done:end], flag))
        done = end
    return pieces


def _render_example(record: Example, tokenizer: ChatTokenizer) -> Rendered:
    template = tokenizer.chat_template
    escapes = Escapes(tokenizer.literals)
    messages, tools = map(escapes.escape, template.conversation(record.messages, record.tools))
    added = len(messages) - len(record.messages)  # a turn with the tools
    rendered = template.render(messages, tools)
    check_said(template, messages, tools, rendered, escapes.take)
    full = Rendering.of(rendered, tokenizer.control)
    turns = tokenizer.turns.find(messages, tools, full, escapes.take)
    _check_readable(tokenizer, messages, full, turns)
    text, place = _named(full, tokenizer, escapes)
    encoding = tokenizer.encode_named(text)
    starts = np.fromiter((start for start, _ in encoding.offsets), dtype=np.int64, count=len(encoding.offsets))
    mask = np.zeros(len(starts), dtype=np.bool_)
    for index, start, end in turns:
        if is_learned(record.messages[index - added]):
            mask |= (starts >= place(start)) & (starts < place(end))
    ids = np.array(encoding.ids, dtype=np.int32)
    if (ending := _missing_end(tokenizer, messages, full, turns)) is not None:
        ids, mask = np.append(ids, np.int32(ending)), np.append(mask, is_learned(record.messages[-1]))
    return Rendered(ids, mask, record.id, record.category)


def _check_readable(
    tokenizer: ChatTokenizer,
    messages: Sequence[Mapping[str, Any]],
    full: Rendering,
    turns: Sequence[tuple[int, int, int]],
) -> None:
    """Check that the calls of each reply can be read where it stands; LFM2's template puts texts in quotes as they are.

    Raises:
        DataError: the calls of one cannot.
    """
    calling = [index for index, _, _ in turns if messages[index].get("tool_calls")]
    if not calling or not tokenizer.calls.is_known:
        return
    for at in dict.fromkeys(calling):
        reply = "".join(full.text[start:end] for index, start, end in turns if index == at)
        read = tokenizer.calls.read(reply)
        if read is None or not all(map(_same_texts, messages[at]["tool_calls"], read)):
            name = tokenizer.chat_template.wants.name
            raise DataError(f"the chat template of {name} writes a call in a way that cannot be read back")


def _same_texts(call: Mapping[str, Any], read: Mapping[str, Any]) -> bool:
    """Tell whether a call's arguments that are text were read as they are; others depend on the tool's schema."""
    arguments = (call.get("function") or call)["arguments"]
    arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
    found = read["arguments"]
    pairs = [(value, found.get(key)) for key, value in arguments.items() if isinstance(value, str)]
    return all(not isinstance(other, str) or value.strip() == other.strip() for value, other in pairs)


def _missing_end(
    tokenizer: ChatTokenizer,
    messages: Sequence[Mapping[str, Any]],
    full: Rendering,
    turns: Sequence[tuple[int, int, int]],
) -> int | None:
    """Find the token that ends a reply at the end of a row, where the template writes it only if a turn follows.

    GLM's replies end with the token that begins the next turn; without it the last reply would never be ended.
    """
    if not turns or turns[-1][0] != len(messages) - 1 or full.text[turns[-1][2] :].strip():
        return None
    _, start, end = turns[-1]
    turn = full.text[start:end].rstrip()
    last = (tokenizer.control.findall(turn) or [""])[-1]
    if last and turn.endswith(last) and (tokenizer.ends_reply(last) or last not in tokenizer.calls.form.behind):
        return None
    return tokenizer.ending(bool(messages[-1].get("tool_calls")))


def _named(full: Rendering, tokenizer: ChatTokenizer, escapes: Escapes) -> tuple[str, Callable[[int], int]]:
    """Return the rendering with private names for its control tokens and the conversation's literals put back.

    Returns it with a function that takes a position in `full.text` to the same place in it.
    """
    names, text = tokenizer.shadow.names, full.text
    changed = [(start, end, names[text[start:end]]) for start, end in zip(full.starts, full.ends, strict=True)]
    changed += [(m.start(), m.end(), escapes.original(m[0])) for m in STAND_IN.finditer(text)]
    changed.sort()
    pieces: list[str] = []
    grown, done = [0], 0
    for start, end, new in changed:
        pieces += (text[done:start], new)
        grown.append(grown[-1] + len(new) - (end - start))
        done = end
    named = "".join([*pieces, text[done:]])
    if tokenizer.shadow.count_names(named) != len(full.starts):
        raise DataError("a text holds Unicode noncharacters (U+FDD0 to U+FDEF) in a row; remove them")
    begins = [start for start, _, _ in changed]
    return named, lambda position: position + grown[bisect_left(begins, position)]


def _agreed(text: str, full: str) -> int:
    """Count the characters of `text`, the decoding of some of the first ids, that the whole row has as well."""
    if full.startswith(text):
        return len(text)
    return next(index for index, (one, other) in enumerate(zip(text, full, strict=False)) if one != other)
