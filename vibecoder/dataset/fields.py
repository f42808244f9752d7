"""The fields of a record: each check takes a value and its name, and returns it normalised or says what is wrong.

Messages are those of the OpenAI chat format, with tool-call `arguments` as objects and `content` always a string.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from vibecoder.dataset.loss_fields import with_weight
from vibecoder.dataset.normalise.parts import parsed, spelt, spelt_tool
from vibecoder.dataset.normalise.results import in_call_order
from vibecoder.errors import DataError, suggestion
from vibecoder.types import Message, Verification, is_learned

__all__ = ["CHECKS", "refuse_constant", "type_name"]

ROLES = ("system", "developer", "user", "assistant", "tool")


def refuse_constant(name: str) -> float:
    """Refuse NaN and Infinity, which `json.loads` would otherwise read."""
    raise ValueError(f"{name} is no JSON number")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise DataError(f"{name} must be a string, not {type_name(value)}")
    return value


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise DataError(f"{name} must be an object, not {type_name(value)}")
    return dict(value)


def _list(value: Any, name: str) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise DataError(f"{name} must be a list, not {type_name(value)}")
    return list(value)


def _bool(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise DataError(f"{name} must be true or false, not {type_name(value)}")
    return value


def _verification(value: Any, name: str) -> str:
    if value not in get_args(Verification):
        raise DataError(f"unknown {name} {value}{suggestion(str(value), get_args(Verification))}")
    return str(value)


def _files(value: Any, name: str) -> tuple[dict[str, str], ...]:
    files = [_object(given, f"{name}[{index}]") for index, given in enumerate(_list(value, name))]
    for index, file in enumerate(files):
        if set(file) != {"path", "text"}:
            raise DataError(f'{name}[{index}] must be {{"path": ..., "text": ...}}')
        for key in file:
            _text(file[key], f"{name}[{index}].{key}")
    return tuple(files)


def _tools(value: Any, name: str) -> tuple[dict[str, Any], ...]:
    tools = []
    if isinstance(value, str):
        value = parsed(value, name) if value.strip() else []
    for number, given in enumerate([] if value is None else _list(value, name), 1):
        tool = _object(spelt_tool(given, f"tool {number}"), f"tool {number}")
        function = _object(tool.get("function"), f"function of tool {number}")
        _text(function.get("name"), f"function.name of tool {number}")
        tools.append(tool)
    return tuple(tools)


def _messages(value: Any, name: str) -> tuple[Message, ...]:
    """Check that the tool results among the turns answer the calls before them, and put them into their order."""
    given = [_object(message, f"{name}[{index}]") for index, message in enumerate(_list(value, name))]
    spoken = [turn for index, message in enumerate(given) for turn in spelt(message, f"{name}[{index}]")]
    turns = [_message(turn, f"{name}[{index}]") for index, turn in enumerate(spoken)]
    if not turns:
        raise DataError(f"{name} is empty")
    return tuple(in_call_order(turns, name))


def _reply(value: Any, name: str) -> tuple[Message, ...]:
    if isinstance(value, str):
        raise DataError(f'{name} must be a list of messages; write [{{"role": "assistant", "content": ...}}]')
    turns = _messages(value, name)
    if turns[0]["role"] != "assistant":
        raise DataError(f"{name} must start with an assistant turn, not {turns[0]['role']}")
    if any(turn["role"] == "assistant" and not is_learned(turn) for turn in turns):
        raise DataError(f"{name} has a turn of weight 0, but replies are compared whole; leave the weight out")
    return turns


def _message(given: Any, name: str) -> Message:
    turn = {key: value for key, value in _object(given, name).items() if value is not None or key == "content"}
    role = turn.get("role")
    if role not in ROLES:
        if {"from", "value"} <= turn.keys():
            raise DataError(f"{name} is ShareGPT's from/value; write role and content")
        raise DataError(f"{name} has the unknown role {role}{suggestion(str(role), ROLES)}")
    if turn.get("content") is None:
        raise DataError(f'{name} ({role}) has no content; write "" when there is none')
    if not isinstance(turn["content"], str):
        raise DataError(
            f"{name} ({role}): content must be a string, not {type_name(turn['content'])}; join its text parts"
        )
    calls = _list(turn.pop("tool_calls", []), f"{name}.tool_calls")
    if calls and role != "assistant":
        raise DataError(f"{name} has tool_calls but is a {role} turn; only assistant turns call tools")
    if calls:
        turn["tool_calls"] = [_call(call, f"{name}.tool_calls[{index}]") for index, call in enumerate(calls)]
    elif role == "assistant" and not turn["content"] and not turn.get("reasoning_content"):
        raise DataError(f"{name} is an assistant turn that says nothing and calls nothing")
    return with_weight(turn, name)


def _call(given: Any, name: str) -> dict[str, Any]:
    call = {key: value for key, value in _object(given, name).items() if value is not None}
    if "function" not in call and {"name", "arguments"} <= call.keys():
        function = {"name": call.pop("name"), "arguments": call.pop("arguments")}
        call = {"type": "function", **call, "function": function}
    function = _object(call.get("function"), f"{name}.function")
    _text(function.get("name"), f"{name}.function.name")
    arguments = function.get("arguments")
    if arguments == "" or ("arguments" in function and arguments is None):
        arguments = {}
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments, parse_constant=refuse_constant)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{name}: arguments is a string that is not JSON; write an object") from error
    if not isinstance(arguments, Mapping):
        raise DataError(f"{name}: arguments must be an object, not {type_name(arguments)}")
    return {**call, "function": {**function, "arguments": dict(arguments)}}


def type_name(value: Any) -> str:
    """Name a value's type as JSON does, with its article; any other type by its Python name."""
    names = (
        (bool, "a boolean"),
        (type(None), "null"),
        (str, "a string"),
        (Mapping, "an object"),
        ((list, tuple), "a list"),
    )
    for cls, name in names:
        if isinstance(value, cls):
            return name
    return "a number" if isinstance(value, (int, float)) and math.isfinite(value) else type(value).__name__


CHECKS: dict[str, Callable[[Any, str], Any]] = {
    **dict.fromkeys(
        ("id", "category", "subcategory", "group", "path", "prefix", "middle", "suffix", "repository"), _text
    ),
    **dict.fromkeys(("provenance", "reference"), _object),
    **dict.fromkeys(("chosen", "rejected", "completion"), _reply),
    "verification": _verification,
    "tools": _tools,
    "context": _files,
    "messages": _messages,
    "label": _bool,
}
