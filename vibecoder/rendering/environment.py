"""The Jinja environment that transformers gives chat templates, on a fixed day."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vibecoder.rendering.vocabulary.literals import STAND_IN

__all__ = ["TODAY", "environment"]

TODAY = datetime.datetime(2026, 1, 1)
"""The day it is in every rendered conversation: a template that prints the date must not make two runs differ."""


def environment() -> ImmutableSandboxedEnvironment:
    """Make an environment with the filters, functions and tags of `transformers.utils.chat_template_utils`."""
    made = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_GenerationTag, loopcontrols]
    )
    made.filters["tojson"] = _tojson
    made.globals["raise_exception"] = _refuse
    made.globals["strftime_now"] = TODAY.strftime
    return made


class _GenerationTag(Extension):
    """Accepts `{% generation %}`, which training templates mark replies with; spans are found without it."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        return nodes.Scope(parser.parse_statements(("name:endgeneration",), drop_needle=True), lineno=line)


def _refuse(message: str) -> None:
    raise TemplateError(message)


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, sort_keys=sort_keys)
    if not ensure_ascii:
        return text
    # The stand-ins of escaped control tokens must come through as they are.
    return re.sub(r"[^\x00-\x7f]", lambda m: m[0] if STAND_IN.match(m[0]) else json.dumps(m[0])[1:-1], text)
