"""The ways in which templates write the name and the arguments of a call, whatever stands around them.

Each core is found in a rendered call whose name and arguments are known, and then parses others like it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from vibecoder.rendering.calls.literals import NotALiteral, parse_literal
from vibecoder.rendering.calls.values import typed, types_of
from vibecoder.rendering.rendering import shared_end

__all__ = ["ANY_NAME", "CORES", "PROBE_ID", "Call", "Core", "Located", "flexible"]

Call: TypeAlias = dict[str, Any]
_Tools: TypeAlias = Sequence[Mapping[str, Any]]
_NAME = r"[^\s<>\"'={}\[\]()|,`]+"
ANY_NAME = "\ufdd0"
"""Stands for the name of the function, or for the call's id, in texts around a call that repeat it."""
PROBE_ID = "wigeon"
"""What the ids of probed calls begin with: Solar's template writes them before a name, newer Mistral's behind it."""
_ATTRIBUTE = re.compile(r'(\w=)"[^"]*"')
_QUOTED = ("<![CDATA[", "]]>")
_DECODER = json.JSONDecoder(strict=False)  # some templates leave control characters as they are


class Core(Protocol):
    """Parses one call at a place of a text; returns it and where it ends, or None where there is none."""

    @property
    def name(self) -> str: ...

    def parse(self, text: str, at: int, tools: _Tools) -> tuple[Call, int] | None: ...


@dataclass(frozen=True, slots=True)
class Located:
    """A core and the span of the known call in the text that it was learned from."""

    core: Core
    start: int
    end: int


def flexible(text: str) -> str:
    """Make a pattern of `text` that allows any white space where it has some, and any name where it has `ANY_NAME`."""
    parts = [re.escape(part).replace(ANY_NAME, _NAME) for part in text.split()]
    inner = r"\s*".join(parts)
    return (r"\s*" if text[:1].isspace() or not parts else "") + inner + (r"\s*" if text[-1:].isspace() else "")


def _json_at(text: str, at: int) -> tuple[Any, int] | None:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None


def _braces(text: str, first: int, last: int) -> Iterator[int]:
    return (found.start() for found in re.compile(r"\{").finditer(text, first, last))


@dataclass(frozen=True, slots=True)
class ObjectCore:
    """A JSON object that holds the name and the arguments, as Hermes, Llama, Mistral and Command write."""

    name_path: tuple[str, ...]
    arguments_path: tuple[str, ...]
    keys: frozenset[str]
    as_text: bool

    @property
    def name(self) -> str:
        return f"JSON with `{'.'.join(self.name_path)}` and `{'.'.join(self.arguments_path)}`"

    @classmethod
    def locate(cls, text: str, call: Call) -> Located | None:
        """Find the outermost JSON object that holds the call."""
        place = text.find(call["name"])
        for start in _braces(text, 0, max(place, 0)):
            found = _json_at(text, start)
            if found is None or not isinstance(found[0], dict):
                continue
            paths = _paths(found[0])
            names = [path for path, value in paths if value == call["name"]]
            written = [(path, value) for path, value in paths if _same_arguments(value, call["arguments"])]
            if names and written:
                path, value = written[0]
                core = cls(names[0], path, frozenset(found[0]), isinstance(value, str))
                return Located(core, start, found[1])
        return None

    def parse(self, text: str, at: int, tools: _Tools) -> tuple[Call, int] | None:
        """Parse the object at `at`; it has the keys that the template writes, and no other."""
        found = _json_at(text, at)
        if found is None or not isinstance(found[0], dict) or set(found[0]) != self.keys:
            return None
        name, arguments = _at(found[0], self.name_path), _at(found[0], self.arguments_path)
        if self.as_text and isinstance(arguments, str):
            decoded = _json_at(arguments.strip(), 0)
            arguments = decoded[0] if decoded else None
        if not isinstance(name, str) or not isinstance(arguments, dict):
            return None
        return {"name": name, "arguments": arguments}, found[1]


def _paths(value: Mapping[str, Any], above: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, each in value.items():
        found.append(((*above, key), each))
        if isinstance(each, dict) and len(above) < 2:
            found += _paths(each, (*above, key))
    return found


def _same_arguments(value: Any, arguments: Mapping[str, Any]) -> bool:
    if isinstance(value, str):
        decoded = _json_at(value.strip(), 0)
        value = decoded[0] if decoded else None
    return isinstance(value, dict) and value == arguments


def _at(value: Any, path: Sequence[str]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


@dataclass(frozen=True, slots=True)
class NamedCore:
    """The name, something between, and arguments as a JSON object, as DeepSeek, gpt-oss and newer Mistral write."""

    pattern: re.Pattern[str]

    @property
    def name(self) -> str:
        return "a name and JSON"

    @classmethod
    def locate(cls, text: str, call: Call) -> Located | None:
        """Find the name with the arguments as JSON behind it."""
        place = text.find(call["name"])
        if place < 0:
            return None
        after = place + len(call["name"])
        for start in _braces(text, after, len(text)):
            found = _json_at(text, start)
            if found and found[0] == call["arguments"]:
                between = text[after:start]
                loose = re.sub(rf"{PROBE_ID}\d+", r"[\\w.:-]+", flexible(between))
                if re.match(r"[:.]\d+", between):  # Kimi counts its calls
                    loose = re.sub(r"\d+", r"\\d+", loose)
                return Located(cls(re.compile(rf"({_NAME}?){loose}(?={{)")), place, found[1])
        return None

    def parse(self, text: str, at: int, tools: _Tools) -> tuple[Call, int] | None:
        """Parse the name at `at` and its arguments."""
        head = self.pattern.match(text, at)
        found = _json_at(text, head.end()) if head else None
        if head is None or found is None or not isinstance(found[0], dict):
            return None
        return {"name": head[1], "arguments": found[0]}, found[1]


@dataclass(frozen=True, slots=True)
class TagCore:
    """The name, and each argument's key and value between tags, as Qwen's coders, GLM and MiniMax write.

    A tag may say in an attribute that its value is text, as DeepSeek's `string="true"` does: `text_tag` is what then
    stands behind the key. Without attributes the tool's schema says it, or `<![CDATA[` does.
    """

    head: re.Pattern[str]
    key: re.Pattern[str]
    close: re.Pattern[str]
    text_tag: str = ""

    @property
    def name(self) -> str:
        return "tags around keys and values"

    @classmethod
    def locate(cls, text: str, call: Call) -> Located | None:
        """Find the name and the texts around two arguments, `kestrel` and `plover`, that are strings."""
        (first, one), (second, two) = call["arguments"].items()
        pattern = ".*?".join(f"({re.escape(part)})" for part in (call["name"], first, one, second, two))
        key = text.find(first)
        place = text.rfind(call["name"], 0, max(key, 0))
        found = re.compile(pattern, re.DOTALL).match(text, place) if place >= 0 else None
        if found is None:
            return None
        start_key, to_value = text[found.end(1) : found.start(2)], text[found.end(2) : found.start(3)]
        between, again = text[found.end(3) : found.start(4)], text[found.end(4) : found.start(5)]
        opening = shared_end(start_key, between)
        closing, after_name = between.removesuffix(opening), start_key.removesuffix(opening)
        if not opening or not closing.strip() or not to_value or again != to_value:
            return None
        if not text.startswith(closing, found.end(5)):
            return None
        core = cls(
            re.compile(rf"({_NAME}){_ATTRIBUTE.sub(_any_value, flexible(after_name))}"),
            re.compile(rf"{flexible(opening)}({_NAME})({_ATTRIBUTE.sub(_any_value, _edged(to_value))})"),
            re.compile(_edged(closing)),
            to_value if _ATTRIBUTE.search(to_value) else "",
        )
        return Located(core, found.start(1), found.end(5) + len(closing))

    def parse(self, text: str, at: int, tools: _Tools) -> tuple[Call, int] | None:
        """Parse the name at `at` and the arguments that follow it, each of the type that the tool's schema gives."""
        head = self.head.match(text, at)
        if head is None:
            return None
        arguments: Call = {}
        at = head.end()
        while key := self.key.match(text, at):
            begin = key.end()
            is_quoted = text.startswith(_QUOTED[0], begin)
            stop = text.find(_QUOTED[1], begin) + len(_QUOTED[1]) if is_quoted else begin
            end = self.close.search(text, stop)
            if end is None:
                return None
            value = text[begin : end.start()]
            if is_quoted:
                arguments[key[1]] = value.removeprefix(_QUOTED[0]).removesuffix(_QUOTED[1])
            elif self.text_tag:
                is_text = key[2].strip() == self.text_tag.strip()
                arguments[key[1]] = value if is_text else typed(value, frozenset())
            else:
                arguments[key[1]] = typed(value, types_of(tools, head[1], key[1]))
            at = end.end()
        return {"name": head[1], "arguments": arguments}, at


def _any_value(attribute: re.Match[str]) -> str:
    return f'{attribute[1]}"[^"]*"'


def _edged(text: str) -> str:
    """Make a pattern of `text` whose white space at its ends may be missing, but is no more than it is."""
    core = text.strip()
    before, after = (text[: text.index(core)], text[text.index(core) + len(core) :]) if core else (text, "")
    edges = [f"(?:{re.escape(edge)})?" if edge else "" for edge in (before, after)]
    return edges[0] + re.escape(core) + edges[1]


@dataclass(frozen=True, slots=True)
class LiteralCore:
    """The name and bracketed arguments with values as Python or Gemma writes them: `name(city='Oslo')`."""

    opening: str
    sign: str
    quote: str
    closing: str

    @property
    def name(self) -> str:
        return f"`name{self.opening}key{self.sign}value{self.closing}`"

    @classmethod
    def locate(cls, text: str, call: Call) -> Located | None:
        """Find the name followed by a bracket, the first key, its sign and its value."""
        key, value = next(iter(call["arguments"].items()))
        found = re.search(
            rf"{re.escape(call['name'])}([({{]){re.escape(key)}([=:]) ?(\S*?){re.escape(value)}", text, re.DOTALL
        )
        if found is None:
            return None
        quote = found[3] if found[3] not in ("'", '"') else ""
        core = cls(found[1], found[2], quote, ")" if found[1] == "(" else "}")
        parsed = core.parse(text, found.start(), ())
        if parsed is None or parsed[0]["arguments"] != call["arguments"]:
            return None
        return Located(core, found.start(), parsed[1])

    def parse(self, text: str, at: int, tools: _Tools) -> tuple[Call, int] | None:
        """Parse the name at `at` and what stands in its brackets."""
        head = re.compile(rf"({_NAME})\s*{re.escape(self.opening)}").match(text, at)
        if head is None:
            return None
        arguments: Call = {}
        at = _after_space(text, head.end())
        try:
            while not text.startswith(self.closing, at):
                key = re.compile(rf"[\"']?([\w.\-]+)[\"']?\s*{re.escape(self.sign)}").match(text, at)
                if key is None:
                    return None
                arguments[key[1]], at = parse_literal(text, key.end(), self.quote)
                at = _after_space(text, at)
                if text.startswith(",", at):
                    at = _after_space(text, at + 1)
                elif not text.startswith(self.closing, at):
                    return None
        except NotALiteral:
            return None
        return {"name": head[1], "arguments": arguments}, at + len(self.closing)


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


CORES = (ObjectCore, NamedCore, TagCore, LiteralCore)
"""In the order in which they are looked for."""
