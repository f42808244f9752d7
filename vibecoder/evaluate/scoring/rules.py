"""Rules that a reply's text keeps or breaks, checked mechanically: words, code, lengths, languages, balance."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vibecoder.errors import DataError, suggestion
from vibecoder.evaluate.scoring.replies import blocks, code_of
from vibecoder.rendering.calls import HERMES
from vibecoder.types import Judgement, Prompt

__all__ = ["RULES", "judge_rules"]

_PAIRS = {")": "(", "]": "[", "}": "{"}
_QUOTED = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.S)


def judge_rules(prompt: Prompt, reply: str) -> Judgement:
    """Judge by every rule of the reference; the score is the share that hold, `broken` names the others."""
    broken = []
    for name, value in prompt.reference.items():
        if name not in RULES:
            raise DataError(f"prompt {prompt.id}: unknown rule {name}{suggestion(name, RULES)}")
        if reason := RULES[name](reply, value):
            broken.append((name, reason))
    kept = 1 - len(broken) / max(1, len(prompt.reference))
    measures = {"broken": [name for name, _ in broken], "words": len(reply.split()), "format": not broken}
    return Judgement(kept if broken else 1.0, broken[0][1] if broken else "", measures)


def _contains(reply: str, patterns: Sequence[str]) -> str:
    lacking = next((pattern for pattern in patterns if not re.search(pattern, reply, re.I | re.M)), None)
    return f"lacks {lacking}" if lacking else ""


def _excludes(reply: str, patterns: Sequence[str]) -> str:
    found = next((pattern for pattern in patterns if re.search(pattern, reply, re.I | re.M)), None)
    return f"has {found}" if found else ""


def _code_contains(reply: str, patterns: Sequence[str]) -> str:
    code = "\n".join(block.text for block in blocks(reply))
    lacking = next((pattern for pattern in patterns if not re.search(pattern, code, re.M)), None)
    return f"the code lacks {lacking}" if lacking else ""


def _code_excludes(reply: str, patterns: Sequence[str]) -> str:
    code = "\n".join(block.text for block in blocks(reply))
    found = next((pattern for pattern in patterns if re.search(pattern, code, re.M)), None)
    return f"the code has {found}" if found else ""


def _is(reply: str, answers: Sequence[str]) -> str:
    """Tell whether the whole reply is one of the answers, whatever its case, quotes, final stop."""
    plain = re.sub(r"^[`\"'*\s]+|[`\"'*.\s]+$", "", reply).lower()
    return "" if plain in [str(answer).lower() for answer in answers] else "another answer"


def _languages(reply: str, languages: Sequence[str]) -> str:
    found = [block.language for block in blocks(reply)]
    if not found:
        return "no fenced code"
    wrong = next((language for language in found if language not in languages), None)
    return "" if wrong is None else f"a block in {wrong or 'no language'} instead of {languages[0]}"


def _balanced(reply: str, wanted: bool) -> str:
    for block in blocks(reply):
        open_ones: list[str] = []
        for character in _QUOTED.sub("", block.text):
            if character in "([{":
                open_ones.append(character)
            elif character in _PAIRS and (not open_ones or open_ones.pop() != _PAIRS[character]):
                return f"an unmatched {character}"
        if open_ones:
            return f"an unclosed {open_ones[-1]}"
    return ""


def _max_code_lines(reply: str, most: int) -> str:
    longest = max((len(block.text.splitlines()) for block in blocks(reply)), default=0)
    return f"a file of {longest} lines, over {most}" if longest > most else ""


def _max_function_lines(reply: str, most: int) -> str:
    tree = _tree(reply)
    if tree is None:
        return "the code is not Python"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > most:
                return f"{node.name} has {lines} lines, over {most}"
    return ""


def _parses(reply: str, wanted: bool) -> str:
    return "" if _tree(reply) is not None and code_of(reply).strip() else "the code is not Python"


def _typed(reply: str, wanted: bool) -> str:
    """Tell whether every function has a return annotation and annotated arguments, `self` and `cls` aside."""
    tree = _tree(reply)
    functions = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))] if tree else []
    if not functions:
        return "no function"
    for function in functions:
        given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        bare = any(each.annotation is None and each.arg not in ("self", "cls") for each in given)
        if bare or function.returns is None:
            return f"{function.name} lacks type hints"
    return ""


def _documented(reply: str, wanted: bool) -> str:
    tree = _tree(reply)
    functions = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))] if tree else []
    bare = next((each.name for each in functions if not ast.get_docstring(each)), None)
    return "no function" if not functions else f"{bare} lacks a docstring" if bare else ""


def _tree(reply: str) -> ast.Module | None:
    try:
        return ast.parse(code_of(reply))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _count(pattern: str) -> Callable[[str, int], str]:
    def check(reply: str, most: int) -> str:
        found = len(re.findall(pattern, reply))
        return f"{found} of {pattern}, over {most}" if found > most else ""

    return check


RULES: Mapping[str, Callable[[str, Any], str]] = {
    "balanced": _balanced,
    "code_contains": _code_contains,
    "code_excludes": _code_excludes,
    "contains": _contains,
    "documented": _documented,
    "excludes": _excludes,
    "is": _is,
    "languages": _languages,
    "max_code_lines": _max_code_lines,
    "max_function_lines": _max_function_lines,
    "max_questions": _count(r"\?(?=\s|$)"),
    "max_words": lambda reply, most: f"{n} words, over {most}" if (n := len(reply.split())) > most else "",
    "min_words": lambda reply, least: f"{n} words, under {least}" if (n := len(reply.split())) < least else "",
    "no_code": lambda reply, wanted: "has code" if "```" in reply else "",
    "no_calls": lambda reply, wanted: "calls a tool" if HERMES.tries(reply) or '"arguments"' in reply else "",
    "parses": _parses,
    "typed": _typed,
}
"""Each takes the reply and the rule's value, and returns why it is broken, or nothing."""
