"""Match the results of tools with the calls that they answer, and put them into the order of the calls.

Templates that show no ids show results by their place, so a result in another's place is another's answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vibecoder.errors import DataError, suggestion

__all__ = ["in_call_order"]

_Turn = dict[str, Any]


def in_call_order(turns: Sequence[_Turn], name: str) -> list[_Turn]:
    """Sort the results after each turn of calls as its calls: by id, without one by name, without one by place.

    Raises:
        DataError: a result answers no open call, or an earlier call than one that is answered has no result.
    """
    sorted_turns: list[_Turn] = []
    calls: list[_Turn] = []
    answers: dict[int, _Turn] = {}
    for index, turn in enumerate(turns):
        if turn["role"] == "tool":
            answers[_position(turn, calls, answers, f"{name}[{index}]")] = turn
            continue
        sorted_turns += _sorted(calls, answers, f"{name}[{index}]")
        answers, calls = {}, list(turn.get("tool_calls", ()))
        sorted_turns.append(turn)
    return [*sorted_turns, *_sorted(calls, answers, f"{name}[{len(turns)}]")]


def _position(turn: _Turn, calls: Sequence[_Turn], answers: dict[int, _Turn], name: str) -> int:
    """Find the call that a result answers."""
    free = [at for at in range(len(calls)) if at not in answers]
    if not free:
        raise DataError(f"{name} is a tool result, but the assistant turn before it has no call left for it")
    identity = turn.get("tool_call_id")
    known = [calls[at]["id"] for at in free if calls[at].get("id")]
    if identity and known:
        found = next((at for at in free if calls[at].get("id") == identity), None)
        if found is None:
            others = suggestion(str(identity), map(str, known))
            raise DataError(f"{name} answers call {identity}, which is not open{others}")
        return found
    named = (at for at in free if calls[at]["function"]["name"] == turn.get("name"))
    return next(named, free[0])


def _sorted(calls: Sequence[_Turn], answers: dict[int, _Turn], name: str) -> list[_Turn]:
    missing = next((at for at in range(len(calls)) if at not in answers), len(calls))
    if answers and missing < max(answers):
        call = calls[missing]["function"]["name"]
        raise DataError(
            f"before {name}, call {missing + 1} of a turn ({call}) has no result, but a later one has; "
            "add it, or leave the call out"
        )
    return [answers[at] for at in sorted(answers)]
