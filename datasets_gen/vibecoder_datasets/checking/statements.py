"""Takes an assistant's prose apart: the code, names, paths, places and counts that it states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vibecoder_datasets.checking.evidence import WORDS

__all__ = ["Claim", "Kind", "statements"]

Kind: TypeAlias = Literal["code", "quote", "path", "name", "span", "line", "count", "number", "item", "step", "summary"]
ENDINGS = r"\.(?:py|md|txt|json|toml|rs|ts|go|js|ya?ml|cfg|ini|lock|mod|csv|sh)"
_FENCE = re.compile(r"^ *```.*?^ *```[^\n]*$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"^ *```(?:text|console|output)?\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^ *(\d+)[.)] ", re.MULTILINE)
_STEP = re.compile(r"\b[Ss]tep (\d+)")
_CODE = re.compile(r"`([^`\n]+)`")
_QUOTE = re.compile(r'(?<!\w)"([^"\n]+)"(?!\w)')
_HELD = re.compile(r"\x01(\d+)\x01")
_SENTENCE = re.compile(r"(?<=[.!?;]) +|\n+")
_PATH = re.compile(
    rf"(?<![\w/.-])(?:\.{{0,2}}/)?[\w-][\w.-]*(?:(?:/[\w.-]+)*/[\w-]*\w/?|{ENDINGS}\b|(?:/[\w.-]+)*/)(?:{ENDINGS}\b)?"
)
_NAME = re.compile(r"(?<![\w./-])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?(?![\w/])")
_FIGURE = re.compile(r"(?<![\w.#-])(\d[\d,]*\d|\d)((?:\.\d+)?)(-\d+(?: of \d+)?(?![\w-]|\.\d))?(?!\w*[A-Za-z_]{3})")
_AT_LINES = re.compile(r"\b[Ll]ines? (?:\d+(?:-\d+)?(?:, | and |, and | or | to |-))*$|\bto line $")
_LISTED = re.compile(r"\d(?:, | and |, and )$")
_NOUN = re.compile(r"^ (?:of (?:the|its|these|those) )?(?:(?:new|other|more|real|true|different|whole) )?([a-z]+)\b")
_NO_NOUN = frozenset(
    ("a", "an", "and", "are", "as", "at", "but", "by", "for", "from", "has", "have", "in", "is", "it", "of", "on", "or",
     "than", "that", "the", "to", "was", "were", "which", "with")
)  # fmt: skip
_TIMES = re.compile(r"^(?:\.\d+)? ?(?:%|percent\b|times\b|x\b|-fold\b)")
_SUMMARY = re.compile(r"\b\d+ [a-z]+(?:(?:, | in )\d+ [a-z]+)+|\b[a-z]+ \d+(?:, [a-z]+ \d+)+")
_SPELLED = re.compile(rf"\b({'|'.join(WORDS)}) ([a-z]+)\b", re.IGNORECASE)
_PROPER = frozenset({"GitHub", "JavaScript", "LaTeX", "NumPy", "OpenAI", "PyPI", "TypeScript", "e.g", "i.e"})


@dataclass(frozen=True, slots=True)
class Claim:
    """Describes something stated in message `turn`: its `text`, the `sentence` and its `pieces` of code around it.

    `about` is the noun after a count, an item's place in its list, `ratio` of a number, `again` of a line said twice.
    """

    turn: int
    kind: Kind
    text: str
    about: str = ""
    sentence: str = ""
    pieces: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"message {self.turn}: {self.kind} `{f'{self.text} {self.about}'.strip()}` was never shown"


def statements(turn: int, text: str) -> Iterator[Claim]:
    """Yield what message `turn` states; fenced code in a language is a proposal, any other fence is quoted."""
    held: list[tuple[Kind, str]] = []

    def hold(kind: Kind, piece: str) -> str:
        held.append((kind, piece))
        return f"\x01{len(held) - 1}\x01"

    quoted = [line.strip() for block in _QUOTED.findall(text) for line in block.splitlines() if line.strip()]
    yield from (Claim(turn, "quote", line) for line in quoted)
    text = _FENCE.sub(" ", text)
    yield from (Claim(turn, "item", found[1], str(at)) for at, found in enumerate(_ITEM.finditer(text), 1))
    yield from (Claim(turn, "step", found[1]) for found in _STEP.finditer(text))
    text = _STEP.sub(" ", _ITEM.sub(" ", text))
    text = _CODE.sub(lambda found: hold("code", found[1].strip()), text)
    text = _QUOTE.sub(lambda found: hold("quote", found[1].strip()), text)
    for sentence in _SENTENCE.split(text):
        mine = [held[int(at)] for at in _HELD.findall(sentence)]
        pieces = tuple(piece for kind, piece in mine if kind == "code")
        told = _HELD.sub(lambda found: f"`{held[int(found[1])][1]}`", sentence)
        yield from (Claim(turn, kind, _HELD.sub(lambda f: held[int(f[1])][1], piece)) for kind, piece in mine)
        for kind, piece, about in _bare(_HELD.sub("\x01", sentence)):
            yield Claim(turn, kind, piece, about, told, pieces)


def _bare(sentence: str) -> Iterator[tuple[Kind, str, str]]:
    """Yield what is stated without quotes or backticks, with the noun that a count is of."""
    for found in _PATH.finditer(sentence):
        yield "path", found[0].rstrip("."), ""
    sentence = _PATH.sub("\x01", sentence)
    for found in _NAME.finditer(sentence):
        if _is_code(found[0]):
            yield "name", found[0].removesuffix("()"), ""
    for found in _SUMMARY.finditer(sentence):
        yield "summary", found[0], ""
    sentence = _SUMMARY.sub("\x01", sentence)
    lines: set[str] = set()
    for found in _FIGURE.finditer(sentence):
        whole, decimals, end = found.groups()
        before, after = sentence[: found.start()], sentence[found.end() :]
        noun = _NOUN.match(after)
        if end and not decimals:
            yield "span", f"{whole}{end}", ""
        elif not decimals and _AT_LINES.search(before):
            yield "line", whole, "again" if _LISTED.search(before) and whole in lines else ""
            lines.add(whole)
        elif _TIMES.match(after):
            yield "number", whole + decimals, "ratio"
        elif noun and noun[1] not in _NO_NOUN and not decimals:
            yield "count", whole, noun[1]
        else:
            yield "number", whole + decimals, ""
    for found in _SPELLED.finditer(sentence):
        if found[2].lower() not in _NO_NOUN:
            yield "count", found[1].lower(), found[2].lower()


def _is_code(word: str) -> bool:
    """Tell whether a bare word can only be code: `a_b`, `aB`, `a.b`, `a()`."""
    if word in _PROPER:
        return False
    return "_" in word.strip("_") or "." in word or word.endswith("()") or bool(re.search(r"[a-z][A-Z]", word))
