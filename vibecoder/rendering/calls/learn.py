"""Learn the form of calls from a chat template: render known calls, find them in the reply, and read others back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from vibecoder.rendering.calls.cores import ANY_NAME, CORES, PROBE_ID, Call, Located
from vibecoder.rendering.calls.form import CallForm
from vibecoder.rendering.calls.thoughts import without_thoughts
from vibecoder.rendering.rendering import shared, shared_end

__all__ = ["PROBE_TOOLS", "Reply", "learn_form"]

Reply: TypeAlias = Callable[[str, Sequence[Call]], str | None]
"""Renders a reply with a text and calls, without the token that ends it; None where the template refuses it."""
_ONE: Call = {"name": "merlin_nine", "arguments": {"kestrel": "osprey", "plover": "dunlin"}}
_OTHER: Call = {"name": "heron_four", "arguments": {"kestrel": "grebe", "plover": "siskin"}}
_EMPTY: Call = {"name": "merlin_nine", "arguments": {}}
_RICH: Call = {
    "name": "merlin_nine",
    "arguments": {
        "kestrel": 'Two "lines"\nof text', "plover": "3", "number": 12, "share": 2.5, "flag": True,
        "many": ["a", "b"], "inner": {"deep": ["x", 1]},
    },
}  # fmt: skip
_SAID = "Kestrel seven says so."


def _tool(name: str) -> dict[str, Any]:
    kinds = {
        "kestrel": "string", "plover": "string", "number": "integer", "share": "number", "flag": "boolean",
        "many": "array", "inner": "object",
    }  # fmt: skip
    properties = {key: {"type": kind, "description": key} for key, kind in kinds.items()}
    parameters = {"type": "object", "properties": properties, "required": []}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters}}


PROBE_TOOLS = [_tool("merlin_nine"), _tool("heron_four")]


def learn_form(reply: Reply) -> CallForm | None:
    """Learn how a template writes calls; None where they are not read back equal, alone, several and beside text."""
    one = reply("", [_ONE])
    if one is None:
        return None
    one = without_thoughts(one)
    two, said = reply("", [_ONE, _OTHER]), reply(_SAID, [_ONE])
    for core in CORES:
        located = core.locate(one, _ONE)
        if located is None:
            continue
        form = _framed(located, one, two, said)
        if form is not None and _reads_back(form, reply):
            return form
    return None


def _framed(located: Located, one: str, two: str | None, said: str | None) -> CallForm | None:
    before, behind = one[: located.start], one[located.end :].rstrip()
    between = None
    if two is not None:
        two = without_thoughts(two)
        first = two.find(one[located.start : located.end])
        second = _start_of(located, two, _OTHER["name"])
        if first >= 0 and second is not None:
            between = two[first + located.end - located.start : second]
    if said is not None and _SAID in said:
        said = without_thoughts(said)
        place = said.find(one[located.start : located.end])
        if place >= 0:
            before = shared_end(before, said[:place].rpartition(_SAID)[2])
            behind = behind[: shared(behind, said[place + located.end - located.start :])]
    before = _any_name(before.lstrip(), _ONE["name"])
    return CallForm(located.core, before, between and _any_name(between, _OTHER["name"]), behind)


def _any_name(text: str, name: str) -> str:
    """Put `ANY_NAME` where the name of the probed call or its id stands."""
    return re.sub(rf"{PROBE_ID}\d+|{name}", ANY_NAME, text)


def _start_of(located: Located, text: str, name: str) -> int | None:
    """Find where the core of the call of `name` begins."""
    place = text.rfind(name)
    for start in range(place, -1, -1):
        found = located.core.parse(text, start, PROBE_TOOLS)
        if found is not None and found[0]["name"] == name:
            return start
    return None


def _reads_back(form: CallForm, reply: Reply) -> bool:
    """Tell whether calls of every shape are read back equal; a template may refuse several, or text beside one."""
    probes: list[tuple[str, list[Call]]] = [("", [_ONE]), ("", [_RICH]), ("", [_EMPTY]), ("", [_RICH, _OTHER, _EMPTY])]
    probes.append((_SAID, [_ONE]))
    for said, calls in probes:
        text = reply(said, calls)
        if text is None or not all(call["name"] in text for call in calls):
            continue
        if said and said not in text:
            continue
        if form.read(without_thoughts(text), PROBE_TOOLS) != calls:
            return False
    return True
