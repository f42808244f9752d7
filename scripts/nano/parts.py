"""Functions made of a verb and a thing (`count_memos`, `who_uses_symbol`), each said in several words.

A handful of functions can be known by heart. Of these there are over a thousand, the description and the user speak of
a thing by words of their own, and sets hold neighbours that share the verb or the thing: so reading them pays.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import NamedTuple

Tool = tuple[str, str, dict[str, str], set[str], list[str]]
"""Name, description, the kind of each parameter, those that are optional, what a user says."""
HERE = Path(__file__).parent
SPOKEN = re.compile(r"\{ns?\}")  # where a request says what the thing is


class Verb(NamedTuple):
    names: list[str]
    descriptions: list[str]
    parameters: dict[str, str]
    asks: list[str]


class Thing(NamedTuple):
    """`kind` of the value that names one, and the words for it, singular and plural."""

    kind: str
    words: list[tuple[str, str]]


def _rows(name: str) -> list[str]:
    return (HERE / name).read_text().splitlines()[1:]


def _verb(line: str) -> Verb:
    names, descriptions, parameters, asks = (part.strip() for part in line.split("|"))
    pairs = [p.strip().partition(":") for p in parameters.split(",")]
    return Verb(
        names.split(), descriptions.split(" / "), {key: kind or "item" for key, _, kind in pairs}, asks.split(" / ")
    )


def _thing(line: str) -> Thing:
    kind, words = line.split(": ")
    pairs = (word.split(":") for word in words.split())
    return Thing(kind, [(one, many) for one, many in pairs])


VERBS = [_verb(line) for line in _rows("parts.txt")]
THINGS = [_thing(line) for line in _rows("things.txt")]


def neighbours(rng: random.Random, count: int) -> list[Tool]:
    """Make `count` functions of a few verbs and things; where two share a verb, the user names the thing too."""
    things = rng.sample(THINGS, max(1, round(count / rng.choice((2, 3, 4, 6)))))
    verbs = rng.sample(VERBS, min(len(VERBS), max(2, -(-count // len(things)) + rng.randrange(3))))
    pairs = [(verb, thing) for verb in verbs for thing in things]
    chosen = rng.sample(pairs, min(count, len(pairs)))
    made = {}
    for verb, thing in chosen:
        tool = make(rng, verb, thing, named=sum(other is verb for other, _ in chosen) > 1)
        made[tool[0]] = tool
    return list(made.values())


def make(rng: random.Random, verb: Verb, thing: Thing, named: bool = False) -> Tool:
    """Make the function that does `verb` to `thing`; name, description and requests may differ in words.

    With `named`, every request says what the thing is, by a name's side where its verb's requests do not.
    """

    def words() -> dict[str, str]:
        one, many = thing.words[0] if rng.random() < 0.6 else rng.choice(thing.words)
        return {"n": one, "ns": many}

    noun = words()
    key = rng.choice((noun["n"], noun["n"], "item", "which", thing.kind if thing.kind == "name" else "path"))
    new = {
        old: key if old == "item" else f"other_{key}" if kind == "item" else old
        for old, kind in verb.parameters.items()
    }
    kinds = {new[old]: thing.kind if kind == "item" else kind.rstrip("?") for old, kind in verb.parameters.items()}
    optional = {new[old] for old, kind in verb.parameters.items() if kind.endswith("?")}
    fields = {old: "{" + name + "}" for old, name in new.items()}
    asks = verb.asks
    if named:
        asks = [ask if SPOKEN.search(ask) else ask.replace("{item}", "the {n} {item}") for ask in asks]
        asks = [ask for ask in asks if SPOKEN.search(ask)]
    asks = [ask.format(**fields, **words()) for ask in asks]
    asks = [ask[0].upper() + ask[1:] for ask in asks]
    spoken = words()
    description = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", rng.choice(verb.descriptions).format(**spoken))
    return rng.choice(verb.names).format(**noun), description[0].upper() + description[1:], kinds, optional, asks
