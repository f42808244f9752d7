"""The text nano is pretrained on: the Python standard library as code, as fill-in-the-middle and as chats.

Every chat is derived from the library's own source with `ast`: repeat a function, list what a file defines, rename a
name, find a line in search output, or fill in a call from a function's real signature. Calls are answered in a ```json
fence, the dialect Qwen2.5-Coder speaks; no reply ever holds a `<tool_call>` token, so that what the stages teach is
theirs alone. Names are drawn from the library and from random compounds, which makes copying pay and memorising not.
"""

from __future__ import annotations

import ast
import hashlib
import random
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

from chats import (
    SYSTEMS,
    File,
    Function,
    Passage,
    arguments,
    call,
    locate,
    offered_block,
    outline,
    purpose,
    rename,
    repeat,
    turns,
)
from prose import explanation, passages, reference
from sessions import session
from values import copies

Shares = tuple[float, float, float]
END = "<|endoftext|>"
# Shares of documents: code, fill-in-the-middle, chat. First the language, then mostly conversations with functions.
EARLY = (0.42, 0.16, 0.42)
LATE = (0.16, 0.06, 0.78)
TUNING = (0.04, 0.03, 0.93)
# Shares of chats that are conversations with functions, that copy word for word, and that explain in plain words;
# the other kinds share the rest.
CONVERSATIONS = {EARLY: (0.0, 0.0, 0.0), LATE: (0.58, 0.17, 0.0), TUNING: (0.62, 0.06, 0.25)}


def library(held_out: bool) -> list[File]:
    """Read this interpreter's standard library; one file in fifty, by the hash of its path, is held out."""
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
        files.append(File(name, text, tuple(_functions(name, text, tree)), tuple(passages(name, tree))))
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
    files: list[File], seed: int, tests: bool = True, mix: Callable[[], Shares] = lambda: EARLY
) -> Iterator[str]:
    """Yield an endless, seeded stream of documents in the shares that `mix()` says at the time."""
    rng = random.Random(seed)
    core = [f for f in files if "/test" not in f.path and not f.path.startswith("test")]
    every = files if tests else core
    functions = [f for file in every for f in file.functions]
    said = reference() + [passage for file in every for passage in file.passages]
    while True:
        now = mix()
        kind = rng.choices(("code", "infill", "chat"), now)[0]
        if kind == "code":
            yield code(rng, rng.choice(core if rng.random() < 0.7 else every))
        elif kind == "infill":
            yield infill(rng, rng.choice(core))
        else:
            yield chat(rng, every, functions, said, now)


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


def chat(
    rng: random.Random, files: list[File], functions: list[Function], said: list[Passage], mix: Shares = EARLY
) -> str:
    talking, copied, explained = CONVERSATIONS[mix]
    draw = rng.random()
    if draw < talking + copied:
        return (conversation(rng, functions) if draw < talking else copying(rng, functions)) + END
    if draw < talking + copied + explained:
        return explanation(rng, said, functions) + END
    task = rng.choices((call, repeat, outline, rename, locate, arguments, purpose), (34, 16, 10, 12, 14, 8, 6))[0]
    return str(task(rng, files, functions)) + END


def conversation(rng: random.Random, functions: list[Function]) -> str:
    """Write several turns with offered functions, their calls and their results."""
    schemas, messages = session(rng, functions)
    return turns(rng.choice(SYSTEMS) + offered_block(schemas), *messages)


def copying(rng: random.Random, functions: list[Function]) -> str:
    return turns(rng.choice(SYSTEMS), *copies(rng, functions))
