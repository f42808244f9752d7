"""The functions that nano's chats offer: everyday ones, at times with other names and other parameters."""

from __future__ import annotations

import random
import re
from pathlib import Path

from parts import Tool, neighbours
from values import WORDS, name

EVERYDAY = Path(__file__).with_name("everyday.txt")
NAMES_OF = {
    "file": ("path", "file", "source", "location", "document", "target", "place", "filename", "file_path", "uri"),
    "name": ("name", "symbol", "identifier", "term", "key", "id", "item", "label", "which", "title"),
    "number": ("start", "end", "first", "last", "line", "count", "limit", "number", "at", "to", "size"),
    "code": ("code", "text", "query", "pattern", "expression", "search", "content", "input"),
    "block": ("text", "content", "body", "before", "after", "old", "new", "value"),
    "pattern": ("pattern", "match", "like", "glob", "filter", "query"),
    "phrase": ("text", "message", "content", "title", "value", "what"),
    "word": ("word", "value", "kind", "mode", "unit", "text"),
}  # fmt: skip


def _everyday() -> list[Tool]:
    found = []
    for line in EVERYDAY.read_text().splitlines()[1:]:
        title, description, parameters, asks = (part.strip() for part in line.split("|"))
        pairs = [p.strip().split(":") for p in parameters.split(",")]
        kinds = {key: kind.rstrip("?") for key, kind in pairs}
        found.append((title, description, kinds, {k for k, v in pairs if v.endswith("?")}, asks.split(" / ")))
    return found


TOOLS = _everyday()


def schema(title: str, description: str, kinds: dict[str, str], optional: set[str], spelled: bool) -> dict:
    properties = {}
    for key, kind in kinds.items():
        properties[key] = {"type": "integer" if kind == "number" else "string"}
        if spelled:
            properties[key]["description"] = key.replace("_", " ").capitalize() + "."
    required = [key for key in kinds if key not in optional]
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": title, "description": description, "parameters": parameters}}


def offer(rng: random.Random) -> list[Tool]:
    """Draw two to ten functions, everyday ones or made of parts.

    At times their names say nothing, so that their descriptions must be read.

    In most sets the parameters have other names as well, so that these must be read too.
    """
    count = rng.choice((2, 3, 4, 4, 5, 5, 6, 6, 8, 10))
    everyday = min(rng.choice((0, 0, 0, 1, 2, count)), count)  # most sets are made of parts
    chosen = rng.sample(TOOLS, everyday) + neighbours(rng, count - everyday)
    rng.shuffle(chosen)
    if rng.random() < 0.65:
        chosen = [_other_parameters(rng, tool) for tool in chosen]
    if rng.random() < 0.3:
        chosen = [(name(rng).replace(".", "_"), *rest) for _, *rest in chosen]
    return list({tool[0]: tool for tool in chosen}.values())  # a name is offered once


def _other_parameters(rng: random.Random, tool: Tool) -> Tool:
    """Rename the function's parameters as suits their kinds; at times by drawn words."""
    title, description, kinds, optional, asks = tool
    drawn = rng.random() < 0.25
    pair = rng.choice((("first", "last"), ("start", "end"), ("begin", "stop"), ("from_line", "to_line")))
    new: dict[str, str] = {}
    for key, kind in kinds.items():
        if key in ("first", "last"):
            new[key] = pair[key == "last"]
        elif drawn:
            new[key] = rng.choice(WORDS)
        elif list(kinds.values()).count(kind) > 1:  # which is which only their own names tell
            new[key] = key
        else:
            new[key] = rng.choice(NAMES_OF.get(kind, (key,)))
    if len(set(new.values())) < len(new):
        return tool
    asks = [re.sub(r"\{(\w+)\}", lambda found: "{" + new[found[1]] + "}", ask) for ask in asks]
    return title, description, {new[k]: v for k, v in kinds.items()}, {new[k] for k in optional}, asks
