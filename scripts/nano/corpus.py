"""The text nano is pretrained on: the Python standard library as code, as fill-in-the-middle and as chats.

Every chat is derived from the library's own source with `ast`: repeat a function, list what a file defines, rename a
name, find a line in search output, or fill in a call from a function's real signature. Calls are answered in a ```json
fence, the dialect Qwen2.5-Coder speaks; no reply ever holds a `<tool_call>` token, so that what the stages teach is
theirs alone. Names are drawn from the library and from random compounds, which makes copying pay and memorising not.
"""

from __future__ import annotations

import ast
import hashlib
import json
import random
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sessions import WORDS, copies, session

END = "<|endoftext|>"
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
# Shares of documents: code, fill-in-the-middle, chat. First the language, then mostly conversations with functions.
EARLY = (0.42, 0.16, 0.42)
LATE = (0.16, 0.06, 0.78)


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
class File:
    path: str
    text: str
    functions: tuple[Function, ...]


def library(held_out: bool) -> list[File]:
    """The files of this interpreter's standard library; one in fifty, chosen by the hash of its path, is held out."""
    root = Path(sysconfig.get_path("stdlib"))
    files = []
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.startswith(("site-packages", "encodings/", "lib2to3/tests/data")):
            continue
        if not 400 < path.stat().st_size < 400_000:
            continue
        if (hashlib.sha256(name.encode()).digest()[0] % 50 == 0) != held_out:
            continue
        try:
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text)
        except (UnicodeDecodeError, SyntaxError, ValueError):
            continue
        files.append(File(name, text, tuple(_functions(name, text, tree))))
    return files


def _functions(path: str, text: str, tree: ast.Module) -> Iterator[Function]:
    lines = text.splitlines(keepends=True)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno is not None:
            source = "".join(lines[node.lineno - 1 : node.end_lineno])
            if 40 <= len(source) <= 1600:
                names = tuple(a.arg for a in node.args.posonlyargs + node.args.args if a.arg not in ("self", "cls"))
                summary = (ast.get_docstring(node) or "").split("\n")[0].strip()
                yield Function(path, node.name, source, names, summary, node.lineno)


def documents(
    files: list[File], seed: int, tests: bool = True, late: Callable[[], bool] = lambda: False
) -> Iterator[str]:
    """An endless, seeded stream of documents in the shares of `EARLY`, or of `LATE` while `late()` says so."""
    rng = random.Random(seed)
    core = [f for f in files if "/test" not in f.path and not f.path.startswith("test")]
    every = files if tests else core
    functions = [f for file in every for f in file.functions]
    while True:
        now = late()
        kind = rng.choices(("code", "infill", "chat"), LATE if now else EARLY)[0]
        if kind == "code":
            yield code(rng, rng.choice(core if rng.random() < 0.7 else every))
        elif kind == "infill":
            yield infill(rng, rng.choice(core))
        else:
            yield chat(rng, every, functions, now)


def code(rng: random.Random, file: File) -> str:
    lines = file.text.splitlines(keepends=True)
    size = rng.choice((60, 120, 240))
    start = rng.randrange(max(1, len(lines) - size + 1))
    body = "".join(lines[start : start + size])
    return (f"<|repo_name|>cpython<|file_sep|>Lib/{file.path}\n" if rng.random() < 0.5 else "") + body + END


def infill(rng: random.Random, file: File) -> str:
    text = file.text
    at = rng.randrange(max(1, len(text) - 200))
    window = text[max(0, at - rng.randrange(200, 1500)) : at + rng.randrange(200, 1500)]
    if rng.random() < 0.6:
        lines = window.splitlines(keepends=True)
        first = rng.randrange(len(lines))
        last = min(len(lines), first + rng.choice((1, 1, 2, 3, 5)))
        prefix, middle, suffix = "".join(lines[:first]), "".join(lines[first:last]), "".join(lines[last:])
    else:
        left, right = sorted(rng.randrange(len(window) + 1) for _ in range(2))
        right = min(right, left + 300)
        prefix, middle, suffix = window[:left], window[left:right], window[right:]
    return f"<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>{middle}{END}"


def chat(rng: random.Random, files: list[File], functions: list[Function], late: bool = False) -> str:
    if late and (draw := rng.random()) < 0.75:
        return (conversation(rng, functions) if draw < 0.58 else copying(rng, functions)) + END
    task = rng.choices((call, repeat, outline, rename, locate, arguments, purpose), (34, 16, 10, 12, 14, 8, 6))[0]
    return str(task(rng, files, functions)) + END


def conversation(rng: random.Random, functions: list[Function]) -> str:
    """Several turns with offered functions, their calls and their results."""
    schemas, messages = session(rng, functions)
    return turns(rng.choice(SYSTEMS) + offered_block(schemas), *messages)


def copying(rng: random.Random, functions: list[Function]) -> str:
    return turns(rng.choice(SYSTEMS), *copies(rng, functions))


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
    """One argument value: an identifier, a path, a phrase, a number or a truth value."""
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
