"""The schemas of the tools, the few fixed sets of them that rows offer, and the masks that rename them in some rows.

Rows of one set, and of one set under one mask, share their first tokens.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

__all__ = ["MASKS", "SETS", "Mask", "mask", "schema", "schemas", "unmask"]

MASKS = 8
"""How many masks there are: few, so that masked rows share their first tokens as well."""

_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}


def _function(
    name: str, description: str, properties: dict[str, Any], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(required or properties)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


_SCHEMAS = {
    tool["function"]["name"]: tool
    for tool in (
        _function("read_file", "Read lines of a file.", {"path": _TEXT, "start": _NUMBER, "end": _NUMBER}, ("path",)),
        _function("grep", "Search text with a regular expression.", {"pattern": _TEXT, "path": _TEXT}, ("pattern",)),
        _function("glob", "Find files by a path pattern.", {"pattern": _TEXT}),
        _function("list_files", "List a folder.", {"path": _TEXT}),
        _function("edit_file", "Replace text that occurs once.", {"path": _TEXT, "old": _TEXT, "new": _TEXT}),
        _function("write_file", "Create or replace a file.", {"path": _TEXT, "content": _TEXT}),
        _function("run_tests", "Run a test file.", {"path": _TEXT}),
        _function("run_python", "Run Python code.", {"code": _TEXT}),
        _function("index", "Count what a folder holds.", {"path": _TEXT}),
        _function("definition", "Find where a name is defined.", {"name": _TEXT}),
        _function("references", "Find where a name is used.", {"name": _TEXT}),
        _function("functions", "List the functions of a file.", {"path": _TEXT}),
        _function("classes", "List the classes of a file.", {"path": _TEXT}),
        _function("stats", "Measure a file or folder.", {"path": _TEXT}),
        _function("measure", "Measure a function.", {"path": _TEXT, "name": _TEXT}),
        _function("bash", "Run a command that reads, builds or tests.", {"command": _TEXT}),
    )
}

SETS: dict[str, tuple[str, ...]] = {
    "look": ("read_file", "grep", "glob", "list_files"),
    "change": ("read_file", "edit_file", "write_file", "run_tests"),
    "run": ("read_file", "grep", "run_tests", "run_python"),
    "navigate": ("index", "definition", "references", "functions", "classes", "stats"),
    "explore": ("read_file", "grep", "definition", "references", "functions"),
    "repair": ("read_file", "definition", "edit_file", "write_file", "run_tests"),
    "rework": ("read_file", "definition", "references", "edit_file", "run_tests"),
    "trial": ("read_file", "definition", "references", "run_tests", "run_python"),
    "shell": ("read_file", "edit_file", "write_file", "bash"),
    "craft": ("read_file", "measure", "edit_file", "run_tests"),
    "forge": ("read_file", "measure", "edit_file", "bash"),
    "atlas": ("read_file", "grep", "index", "definition", "references", "functions", "classes", "stats"),
}

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
        """What a row has to remember so that `unmask` can undo the renaming of the `offered` tools."""
        used = [key for name in offered for key in schema(name)["function"]["parameters"]["properties"]]
        return {
            "tools": {self.tools[name]: name for name in offered},
            "parameters": {self.parameters[key]: key for key in dict.fromkeys(used)},
        }

    def schema(self, name: str) -> dict[str, Any]:
        """The tool's schema under its other names, its description kept and its parameters described."""
        function = schema(name)["function"]
        properties = {
            self.parameters[key]: {**kind, "description": _MEANINGS[key]}
            for key, kind in function["parameters"]["properties"].items()
        }
        required = tuple(self.parameters[key] for key in function["parameters"]["required"])
        return _function(self.tools[name], function["description"], properties, required)


@lru_cache(maxsize=MASKS)
def mask(number: int) -> Mask:
    """One of `MASKS` masks: by turns two words, nonsense, numbered letters, or two words in one."""
    rng = random.Random(f"mask {number}")
    tools, parameters = list(_SCHEMAS), list(_MEANINGS)
    names = [_name(rng, number % 4, at) for at in rng.sample(range(len(_SECOND)), len(tools))]
    others = [_parameter(rng, number % 4, at) for at in rng.sample(range(len(_FIRST)), len(parameters))]
    return Mask(dict(zip(tools, names, strict=True)), dict(zip(parameters, others, strict=True)))


def unmask(provenance: Mapping[str, Any], name: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The real name and arguments of a call as it stands in a row, by the row's provenance.

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


def schema(name: str) -> dict[str, Any]:
    """The JSON schema of one tool in OpenAI's form."""
    return _SCHEMAS[name]


def schemas(names: Sequence[str], used: Mask | None = None) -> tuple[dict[str, Any], ...]:
    """The schemas of several tools in their order, under a mask if there is one."""
    return tuple(used.schema(name) if used else schema(name) for name in names)
