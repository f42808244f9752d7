"""Plain talk for nano: questions that no function answers, answered with what the library's documentation says.

Half of them come with functions on offer that do not fit, since an assistant must also know when to call nothing.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from pydoc_data.topics import topics

from chats import SYSTEMS, Function, Passage, offered_block, turns
from offers import offer, schema
from sessions import SMALL_TALK

ASKS = {
    "module": ("What is the module {} for?", "What does {} offer?", "Tell me about the module {}.", "Why use {}?"),
    "class": ("What is a {}?", "What is {} good for?", "Explain {}.", "Explain in a sentence or two what {} is."),
    "function": ("What does {} do?", "Explain {}.", "When would I call {}?", "In plain words, what is {} for?"),
    "topic": ("Explain {}.", "How do {} work in Python?", "Tell me something about {}.", "What should I know of {}?"),
}
FOLLOW_UPS = ("Go on.", "And then?", "What else?", "Is there more to say?", "More, please.", "Tell me more.")
LONGEST = 420


def passages(path: str, tree: ast.Module) -> Iterator[Passage]:
    """Yield what the docstrings of a file say in prose, by whom they speak of."""
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        paragraphs = tuple(_prose(ast.get_docstring(node) or ""))
        if paragraphs and isinstance(node, ast.Module):
            yield Passage("module", module, paragraphs)
        elif paragraphs:
            yield Passage("class" if isinstance(node, ast.ClassDef) else "function", node.name, paragraphs)


def reference() -> list[Passage]:
    """Return the language reference that `help()` shows, one passage a topic."""
    found = []
    for text in topics.values():
        title, _, body = text.partition("\n")
        paragraphs = tuple(_prose(body))
        if paragraphs:
            found.append(Passage("topic", title.strip().removeprefix("The ").replace('"', "`").lower(), paragraphs))
    return found


def explanation(rng: random.Random, said: list[Passage], functions: list[Function]) -> str:
    """Write one to three plain questions with their answers, at times with functions that do not fit."""
    system = rng.choice(SYSTEMS)
    if rng.random() < 0.5:
        system += offered_block([schema(*tool[:4], rng.random() < 0.4) for tool in offer(rng)])
    if rng.random() < 0.12:
        return turns(system, *rng.choice(SMALL_TALK))
    passage = max(rng.sample(said, 2), key=lambda p: sum(map(len, p.paragraphs)))  # half of all say one line
    ask = rng.choice(ASKS[passage.kind])
    name = passage.name if passage.kind == "topic" or rng.random() < 0.5 else f"`{passage.name}`"
    start = 0 if rng.random() < 0.6 else rng.randrange(len(passage.paragraphs))
    messages = [ask.format(name), passage.paragraphs[start]]
    for paragraph in passage.paragraphs[start + 1 : start + rng.choice((1, 1, 2, 3))]:
        messages += [rng.choice(FOLLOW_UPS), paragraph]
    return turns(system, *messages)


def _prose(text: str) -> Iterator[str]:
    """Yield the paragraphs that are sentences, each on one line, cut after a sentence at `LONGEST` characters."""
    for block in re.split(r"\n\s*\n", text):
        if re.search(r"^\s{2,}|>>>|::|---|===|\*\*\*", block, re.MULTILINE):
            continue
        words = " ".join(block.split())
        if len(words) > LONGEST:
            words = words[: words.rfind(". ", 0, LONGEST) + 1]
        plain = sum(c.isalpha() or c in " ,.'" for c in words)
        if words.count(" ") >= 4 and words[-1] in ".!?" and plain > 0.92 * len(words):
            yield words
