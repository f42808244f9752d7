"""Recognise calls that are written in any model's form, to tell that a reply calls a tool where none fits."""

from __future__ import annotations

import re

__all__ = ["foreign_call"]

_NAME = r"[\w.\-]+"
_FORMS = (
    r"<\|?tool_call\|?>|<\|tool_call_start\|>|<\|tool_calls?_section_begin\|>|<｜tool▁calls?▁begin｜>",
    r"\[TOOL_CALLS\]|\[ARGS\]",
    rf"<function={_NAME}|<(?:invoke|function) name=|<｜DSML｜|<{_NAME}:invoke name=|<parameter={_NAME}>|<arg_key>",
    rf"\bto=functions\.{_NAME}|\bfunctions\.{_NAME}:\d+",
    rf"<start_function_call>|\bcall:{_NAME}\{{",
    r"<\|tools_prefix\|>|<\|tool_calls?(?::begin)?\|>|<tool_calls?:\w+>|<\|open\|>call tool=",
    r"<\|python_tag\|>|<\|START_ACTION\|>|<\|action_start\|>",
    r'"(?:name|tool_name|function)"\s*:\s*"[^"\n]*"\s*,\s*"(?:arguments|parameters)"\s*:\s*[{"\[]',
    r'"(?:arguments|parameters)"\s*:\s*\{[^{}]*\}\s*,\s*"(?:name|tool_name)"\s*:\s*"',
    rf"\A\s*\[{_NAME}\((?:\s*\w+\s*=.*)?\)\s*\]\s*\Z",
    rf"\A\s*>>>\s*{_NAME}\s*\n\s*\{{",
)
_FOREIGN = re.compile("|".join(f"(?:{form})" for form in _FORMS), re.DOTALL)


def foreign_call(reply: str) -> bool:
    """Tell whether a reply without its thoughts holds a call, or the beginning of one, in any model's form."""
    return _FOREIGN.search(reply) is not None
