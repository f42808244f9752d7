"""Masks: other names for tools and their parameters in some rows, so that a model reads the schemas it is given.

Rows under one mask share their first tokens, as do rows without one.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vibecoder.workspace.schemas import SCHEMAS, function, schema

__all__ = ["MASKS", "Mask", "mask", "shown_schemas", "unmask"]

MASKS = 8
"""How many masks there are: few, so that masked rows share their first tokens as well."""

# Said in a masked schema, where a parameter's name says nothing.
_MEANINGS = {
    "path": "relative path",
    "start": "first line, 1-based",
    "end": "last line, included",
    "pattern": "what to match",
    "old": "text as it stands",
    "new": "text to put there",
    "content": "the whole text",
    "code": "the program",
    "name": "a bare name in the code",
    "command": "programs and plain words, joined by | and &&",
}
_FIRST = ("amber", "brisk", "cobalt", "dusty", "eager", "faint", "gentle", "hollow", "ivory", "jolly", "keen", "lunar")
_SECOND = ("anchor", "badger", "canyon", "dagger", "ember", "falcon", "garnet", "harbor", "inlet", "jigsaw", "kernel",
           "lantern", "meadow", "nickel", "orchid", "pebble", "quarry", "ripple")  # fmt: skip
_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo")


@dataclass(frozen=True, slots=True)
class Mask:
    """Other names for every tool and every parameter; real names are the keys."""

    tools: Mapping[str, str]
    parameters: Mapping[str, str]

    def provenance(self, offered: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return what a row has to remember so that `unmask` can undo the renaming of the `offered` tools."""
        used = [key for name in offered for key in schema(name)["function"]["parameters"]["properties"]]
        return {
            "tools": {self.tools[name]: name for name in offered},
            "parameters": {self.parameters[key]: key for key in dict.fromkeys(used)},
        }

    def schema(self, name: str) -> dict[str, Any]:
        """Return the tool's schema under its other names, its description kept and its parameters described."""
        plain = schema(name)["function"]
        properties = {
            self.parameters[key]: {**kind, "description": _MEANINGS[key]}
            for key, kind in plain["parameters"]["properties"].items()
        }
        required = tuple(self.parameters[key] for key in plain["parameters"]["required"])
        return function(self.tools[name], plain["description"], properties, required)


@lru_cache(maxsize=MASKS)
def mask(number: int) -> Mask:
    """Return one of `MASKS` masks: by turns two words, nonsense, numbered letters, or two words in one."""
    rng = random.Random(f"mask {number}")
    tools, parameters = list(SCHEMAS), list(_MEANINGS)
    names = [_name(rng, number % 4, at) for at in rng.sample(range(len(_SECOND)), len(tools))]
    others = [_parameter(rng, number % 4, at) for at in rng.sample(range(len(_FIRST)), len(parameters))]
    return Mask(dict(zip(tools, names, strict=True)), dict(zip(parameters, others, strict=True)))


def unmask(provenance: Mapping[str, Any], name: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the real name and arguments of a call as it stands in a row, by the row's provenance.

    Where a row is not masked, or a name is none of its mask, the call is given back as it is.
    """
    masked = provenance.get("masked", {})
    parameters = masked.get("parameters", {})
    return masked.get("tools", {}).get(name, name), {parameters.get(key, key): arguments[key] for key in arguments}


def _name(rng: random.Random, style: int, at: int) -> str:
    if style == 0:
        return f"{rng.choice(_FIRST)}_{_SECOND[at]}"
    if style == 1:
        return rng.choice(_SYLLABLES) + _SYLLABLES[at % len(_SYLLABLES)] + "rn"[at // len(_SYLLABLES)]
    if style == 2:
        return f"{rng.choice('fgh')}{at + 10}"
    return rng.choice(_FIRST) + _SECOND[at].capitalize()


def _parameter(rng: random.Random, style: int, at: int) -> str:
    if style == 1:
        return _SYLLABLES[at]
    return f"{rng.choice('pqr')}{at}" if style == 2 else _FIRST[at]


def shown_schemas(names: Sequence[str], used: Mask | None = None) -> tuple[dict[str, Any], ...]:
    """Return the schemas of several tools in their order, under a mask if there is one."""
    return tuple(used.schema(name) if used else schema(name) for name in names)
