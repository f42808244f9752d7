"""Chats about the standard library's own source: fill in a call, repeat, outline, rename, locate, describe.

Also how a chat is written: Qwen2.5's turns, and its block of offered functions.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

from values import WORDS

SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
SYSTEMS = (
    SYSTEM,
    "You are a helpful coding assistant.",
    "You are a terse, patch-first coding assistant.",
    "You are a coding companion that works in the user's repository with tools.",
)
TOOLS_HEAD = (
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with "
    "function signatures within <tools></tools> XML tags:\n<tools>"
)
TOOLS_TAIL = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags:\n"
    '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)
QUOTED = '"{}"'


@dataclass(frozen=True)
class Function:
    """One function of the standard library: where it is, what it is called and how it reads."""

    path: str
    name: str
    source: str
    arguments: tuple[str, ...]
    summary: str
    line: int


@dataclass(frozen=True)
class Passage:
    """What the documentation says of a module, class, function or topic: `kind`, its name, paragraphs of prose."""

    kind: str
    name: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class File:
    path: str
    text: str
    functions: tuple[Function, ...]
    passages: tuple[Passage, ...] = ()


def offered_block(schemas: list[dict[str, object]]) -> str:
    return TOOLS_HEAD + "".join("\n" + json.dumps(s) for s in schemas) + TOOLS_TAIL


def turns(system: str, *messages: str) -> str:
    text = f"<|im_start|>system\n{system}<|im_end|>\n"
    for i, message in enumerate(messages):
        text += f"<|im_start|>{'user' if i % 2 == 0 else 'assistant'}\n{message}<|im_end|>\n"
    return text


def identifier(rng: random.Random) -> str:
    name = "_".join(rng.sample(WORDS, rng.choice((1, 2, 2, 3))))
    return name + str(rng.randrange(100)) if rng.random() < 0.15 else name


def value(rng: random.Random, functions: list[Function]) -> object:
    """Draw one argument value: an identifier, a path, a phrase, a number or a truth value."""
    draw = rng.random()
    function = rng.choice(functions)
    if draw < 0.3:
        return rng.choice((function.name, identifier(rng), identifier(rng).title().replace("_", "")))
    if draw < 0.62:
        folders = "/".join(identifier(rng) for _ in range(rng.choice((0, 1, 1, 2))))
        leaf = identifier(rng) + rng.choice((".py", ".py", ".txt", ".json", ".rs", ".md"))
        return rng.choice((f"{folders}/{leaf}".lstrip("/"), function.path))
    if draw < 0.72:
        line = rng.choice(function.source.splitlines()).strip()
        return line[:60] or function.name
    if draw < 0.78:
        return " ".join(rng.sample(WORDS, rng.choice((2, 3, 4))))
    if draw < 0.96:
        return rng.choice((rng.randrange(10), rng.randrange(100), rng.randrange(1000)))
    return rng.random() < 0.5


def kind(item: object) -> str:
    return {bool: "boolean", int: "integer", str: "string"}[type(item)]


def call(rng: random.Random, files: list[File], functions: list[Function]) -> str:
    """Choose one of several described functions and fill its arguments from the user's words, as fenced JSON."""
    count = rng.choice((1, 2, 3, 4, 5))
    offered = []
    for function in rng.sample(functions, count):
        name = function.name if rng.random() < 0.5 else identifier(rng)
        if any(name == other for other, *_ in offered):  # the library has functions of one name
            continue
        names = list(dict.fromkeys(function.arguments))[: rng.choice((1, 2, 3))] or [identifier(rng)]
        if rng.random() < 0.5:
            names = list(dict.fromkeys(identifier(rng) for _ in names))
        summary = function.summary[:80] or " ".join(name.split("_")).capitalize() + "."
        offered.append((name, summary, {n: value(rng, functions) for n in names}))
    schemas = [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": summary,
                "parameters": {
                    "type": "object",
                    "properties": {n: {"type": kind(v), "description": n.replace("_", " ")} for n, v in given.items()},
                    "required": list(given),
                },
            },
        }
        for name, summary, given in offered
    ]
    system = rng.choice(SYSTEMS) + offered_block(schemas)
    messages = []
    for _ in range(rng.choice((1, 1, 2))):
        name, summary, given = rng.choice(offered)
        given = {n: value(rng, functions) for n in given}
        parts = [f"{n.replace('_', ' ')} {rng.choice(('`{}`', '{}', QUOTED)).format(v)}" for n, v in given.items()]
        if rng.random() < 0.5:
            parts = [rng.choice(("`{}`", "{}", "'{}'")).format(v) for v in given.values()]
        what = rng.choice((summary.rstrip(".").lower(), f"use {name}", " ".join(name.split("_")), f"`{name}`"))
        joined = rng.choice((" and ", ", ", " with ")).join(parts)
        ask = rng.choice(("{} for {}", "Please {}: {}", "{} {}", "I need to {}, {}.", "Can you {} on {}?"))
        user = ask.format(what, joined)
        reply = "```json\n" + json.dumps({"name": name, "arguments": given}) + "\n```"
        messages += [user, reply]
    return turns(system, *messages)


def repeat(rng: random.Random, files: list[File], functions: list[Function]) -> str:
    """Show one of a few functions again, word for word."""
    shown = [f for f in rng.sample(functions, 3) if len(f.source) < 700][:2] or [rng.choice(functions)]
    wanted = rng.choice(shown)
    listing = "\n".join(f.source for f in shown)
    ask = rng.choice(("Show me {} from this file.", "Copy {} exactly.", "Extract the function {}."))
    return turns(
        rng.choice(SYSTEMS),
        f"{ask.format('`' + wanted.name + '`')}\n```python\n{listing}```",
        f"```python\n{wanted.source}```",
    )


def outline(rng: random.Random, files: list[File], functions: list[Function]) -> str:
    """List the functions of an excerpt with their lines, as text or as JSON."""
    shown = [f for f in rng.sample(functions, 4) if len(f.source) < 500] or [rng.choice(functions)]
    listing = "\n".join(f.source for f in shown)
    names = [f.name for f in shown]
    reply = json.dumps(names) if rng.random() < 0.5 else "\n".join(f"- `{n}`" for n in names)
    ask = "Which functions are defined here" + (" (JSON)?" if reply.startswith("[") else "?")
    return turns(rng.choice(SYSTEMS), f"{ask}\n```python\n{listing}```", reply)


def rename(rng: random.Random, files: list[File], functions: list[Function]) -> str:
    """Rename a function in its own source."""
    function = rng.choice(functions)
    while len(function.source) > 700:
        function = rng.choice(functions)
    new = identifier(rng)
    return turns(
        rng.choice(SYSTEMS),
        f"Rename `{function.name}` to `{new}`.\n```python\n{function.source}```",
        f"```python\n{function.source.replace(function.name, new)}```",
    )


def locate(rng: random.Random, files: list[File], functions: list[Function]) -> str:
    """Say where a name stands, from search output of the form `path:line: text`."""
    hits = rng.sample(functions, rng.choice((2, 3, 5, 8)))
    wanted = rng.choice(hits)
    output = "\n".join(f"{f.path}:{f.line}:{f.source.splitlines()[0]}" for f in hits)
    ask = rng.choice(("Where is `{}` defined?", "Find `{}`.", "In which file and line does `{}` stand?"))
    reply = rng.choice(("`{n}` is defined at {p}:{l}.", "{p}:{l}", "It stands in `{p}`, line {l}."))
    return turns(
        rng.choice(SYSTEMS),
        f"{ask.format(wanted.name)}\n<tool_response>\n{output}\n</tool_response>",
        reply.format(n=wanted.name, p=wanted.path, l=wanted.line),
    )


def arguments(rng: random.Random, files: list[File], functions: list[Function]) -> str:
    """Name a function's parameters."""
    function = rng.choice(functions)
    return turns(
        rng.choice(SYSTEMS),
        f"Which parameters does this function take?\n```python\n{function.source}```",
        json.dumps(list(function.arguments)),
    )


def purpose(rng: random.Random, files: list[File], functions: list[Function]) -> str:
    """Give the first line of a function's documentation back in prose."""
    function = rng.choice(functions)
    while not function.summary:
        function = rng.choice(functions)
    return turns(
        rng.choice(SYSTEMS),
        f"What does `{function.name}` do?\n```python\n{function.source[:800]}\n```",
        f"`{function.name}`: {function.summary}",
    )
