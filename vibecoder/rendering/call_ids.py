"""Ids of calls and of their results in the form that a template wants."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

__all__ = ["IdForm", "with_ids"]


class IdForm(Enum):
    """What templates want, the least first: Mistral's ids are nine letters and digits, Kimi's hold the function's name.

    Kimi's number counts the calls of the conversation, or of a turn (`FUNCTION_IN_TURN`).
    """

    ANY = "any"
    NINE = "nine letters and digits"
    FUNCTION = "functions.NAME:NUMBER"
    FUNCTION_IN_TURN = "functions.NAME:NUMBER, counted in each turn"


def _counted(number: int, _: str) -> str:
    return f"call{number + 1:05d}"


def _function(number: int, name: str) -> str:
    return f"functions.{name}:{number}"


_FORMS: Mapping[IdForm, tuple[re.Pattern[str], Callable[[int, str], str]]] = {
    IdForm.ANY: (re.compile(r".+", re.DOTALL), _counted),
    IdForm.NINE: (re.compile(r"[A-Za-z0-9]{9}"), _counted),
    IdForm.FUNCTION: (re.compile(r"(?!)"), _function),
    IdForm.FUNCTION_IN_TURN: (re.compile(r"(?!)"), _function),
}


def with_ids(messages: Sequence[Mapping[str, Any]], form: IdForm) -> list[dict[str, Any]]:
    """Copies of messages whose calls have ids of `form`, and whose results have the id and the name of their call.

    An id that has the form is kept unless an earlier call of the conversation has it. Results answer the calls of the
    assistant's turn before them: the one they name, else the first that is open.
    """
    fits, make = _FORMS[form]
    taken: set[str] = set()
    opened: list[tuple[Any, str, str]] = []  # the id as given, as written, and the name of calls without a result
    copies: list[dict[str, Any]] = []
    number = 0
    for message in messages:
        copy = dict(message)
        if copy.get("tool_calls"):
            opened, calls = [], []
            for at, call in enumerate(copy["tool_calls"]):
                name, given = str((call.get("function") or call).get("name")), call.get("id")
                written = given if isinstance(given, str) and fits.fullmatch(given) and given not in taken else ""
                while not written or (written in taken and form is not IdForm.FUNCTION_IN_TURN):
                    written = make(at if form is IdForm.FUNCTION_IN_TURN else number, name)
                    number += 1
                taken.add(written)
                opened.append((given, written, name))
                calls.append({**call, "id": written})
            copy["tool_calls"] = calls
        elif copy["role"] == "tool" and opened:
            given = copy.get("tool_call_id")
            at = next((at for at, each in enumerate(opened) if given is not None and each[0] == given), 0)
            _, copy["tool_call_id"], name = opened.pop(at)
            copy.setdefault("name", name)
        copies.append(copy)
    return copies
