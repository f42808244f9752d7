"""Read and write Modelfiles, as Ollama's documentation and its own reader define them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["INSTRUCTIONS", "PARAMETERS", "ROLES", "Instruction", "Parsed", "parse", "write"]

INSTRUCTIONS = (
    "FROM", "PARAMETER", "TEMPLATE", "SYSTEM", "ADAPTER", "LICENSE", "MESSAGE", "REQUIRES", "RENDERER", "PARSER",
    "DRAFT", "CAPABILITY",
)  # fmt: skip
ROLES = ("system", "user", "assistant")
PARAMETERS: Mapping[str, type] = {
    "num_ctx": int, "repeat_last_n": int, "repeat_penalty": float, "temperature": float, "seed": int, "stop": str,
    "num_predict": int, "draft_num_predict": int, "top_k": int, "top_p": float, "min_p": float, "num_keep": int,
    "typical_p": float, "presence_penalty": float, "frequency_penalty": float, "num_batch": int, "num_gpu": int,
    "main_gpu": int, "use_mmap": bool, "num_thread": int,
}  # fmt: skip
"""The parameters that Ollama reads, with the type of their values."""
_WORD = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `name` in capitals, for PARAMETER and MESSAGE the `key` or role, and the value without quotes.

    `line` counts from 1; `quote` is what stood around the value: nothing, one or three double quotes.
    """

    name: str
    value: str
    line: int
    key: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The instructions of a Modelfile, and where it could not be read: a line number and the reason."""

    instructions: tuple[Instruction, ...]
    faults: tuple[tuple[int, str], ...]


def parse(text: str) -> Parsed:
    """Read a Modelfile's text; a line that cannot be read becomes a fault and reading goes on behind it."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found: list[Instruction] = []
    faults: list[tuple[int, str]] = []
    at = 0
    while at < len(lines):
        line, number = lines[at].strip(" \t"), at + 1
        at += 1
        if not line or line.startswith("#"):
            continue
        word = _WORD.match(line)
        name, rest = (word[0].upper(), line[word.end() :]) if word else ("", line)
        if not word or (rest and rest[0] not in " \t"):
            faults.append((number, f"no instruction: {line[:40]}"))
            continue
        key = ""
        if name in ("PARAMETER", "MESSAGE"):
            key, _, rest = rest.strip(" \t").partition(" ")
        value = rest.strip(" \t")
        quote = next((mark for mark in ('"""', '"') if value.startswith(mark)), "")
        while quote and not _closed(value, quote) and at < len(lines):
            value = f"{value}\n{lines[at]}".rstrip(" \t")
            at += 1
        if quote and not _closed(value, quote):
            faults.append((number, f"{name}: the quotes {quote} are never closed"))
            break
        if quote:
            value = value[len(quote) : -len(quote)]
        found.append(Instruction(name, value, number, key, quote))
    return Parsed(tuple(found), tuple(faults))


def _closed(value: str, quote: str) -> bool:
    return len(value) >= 2 * len(quote) and value.endswith(quote)


def write(
    source: str,
    *,
    template: str = "",
    system: str = "",
    parameters: Sequence[tuple[str, str | int | float]] = (),
    licence: str = "",
    notes: Sequence[str] = (),
) -> str:
    """Write the text of a Modelfile: `source` is a GGUF file beside it, `notes` become comments at its head."""
    parts = [*(f"# {note}" for note in notes), f"FROM {source}"]
    for key, value in parameters:
        shown = f'"{value}"' if isinstance(value, str) else value
        parts.append(f"PARAMETER {key} {shown}")
    if system:
        parts.append(f"SYSTEM {_quoted(system)}")
    if template:
        parts.append(f"TEMPLATE {_quoted(template)}")
    if licence:
        parts.append(f"LICENSE {_quoted(licence)}")
    return "\n".join(parts) + "\n"


def _quoted(text: str) -> str:
    """Put a text in three quotes.

    Raises:
        ValueError: it holds three quotes itself, or ends with one, which no Modelfile can write.
    """
    if '"""' in text or text.endswith('"'):
        raise ValueError('a text with """ in it, or a quote at its end, cannot be written to a Modelfile')
    return f'"""{text}"""'
