"""Check Modelfiles: what Ollama refuses, what it takes otherwise than meant, and what makes a tuned model gibberish."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vibecoder.errors import suggestion
from vibecoder.export.ollama.modelfile import INSTRUCTIONS, PARAMETERS, ROLES, Instruction, parse

__all__ = ["Finding", "lint"]

_DEPRECATED = (
    "penalize_newline", "low_vram", "f16_kv", "logits_all", "vocab_only", "use_mlock", "mirostat", "mirostat_tau",
    "mirostat_eta", "tfs_z", "numa",
)  # fmt: skip
_TRUE_OR_FALSE = ("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False")
_RANGES = {"temperature": (0.0, 2.0), "top_p": (0.0, 1.0), "min_p": (0.0, 1.0), "num_ctx": (1, 1 << 24)}
_VERSION = re.compile(r"v?\d+(\.\d+){0,2}([-+].*)?")
_ACTION = re.compile(r'\{\{-?\s*(?P<word>[a-z]*)(?:"(?:\\.|[^"\\\n])*"|`[^`]*`|[^"`])*?\}\}')
_OPENS = ("if", "range", "with", "define", "block")
_CONTROL = re.compile(r"<\|(?:im_start|im_end|endoftext|eot_id|end|assistant)\|>|<end_of_turn>")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in a Modelfile at `line`, 0 for the whole file; an error is what Ollama refuses."""

    line: int
    is_error: bool
    text: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{'error' if self.is_error else 'warning'}: {where}{self.text}"


def lint(text: str, folder: Path | None = None) -> list[Finding]:
    """Find what is wrong with a Modelfile's text, in the order of its lines; files are looked for from `folder`."""
    parsed = parse(text)
    found = [Finding(line, True, reason) for line, reason in parsed.faults]
    for instruction in parsed.instructions:
        if instruction.name not in INSTRUCTIONS:
            found.append(
                Finding(
                    instruction.line,
                    True,
                    f"{instruction.name} is no instruction{suggestion(instruction.name, INSTRUCTIONS)}",
                )
            )
        elif not instruction.value and not instruction.quote:
            found.append(
                Finding(instruction.line, True, f"{instruction.name} {instruction.key}".strip() + " lacks a value")
            )
        else:
            check = _CHECKS.get(instruction.name)
            found += check(instruction) if check else []
            found += _unseen(instruction)
    found += _whole(parsed.instructions, folder)
    return sorted(found, key=lambda finding: finding.line)


def _parameter(given: Instruction) -> Iterator[Finding]:
    if given.key in _DEPRECATED:
        yield Finding(given.line, False, f"the parameter {given.key} is deprecated and does nothing; remove it")
        return
    kind = PARAMETERS.get(given.key)
    if kind is None:
        yield Finding(given.line, True, f"unknown parameter {given.key}{suggestion(given.key, PARAMETERS)}")
        return
    if kind is str:
        if re.fullmatch(r"'.*'|`.*`", given.value):
            yield Finding(
                given.line,
                False,
                f"the quotes of {given.value} become part of the text; Modelfiles know only double quotes",
            )
        return
    try:
        value = float(given.value) if kind is float else int(given.value) if kind is int else _boolean(given.value)
    except ValueError:
        behind = " (a comment needs a line of its own)" if "#" in given.value else ""
        yield Finding(given.line, True, f"{given.key} must be {_NAMES[kind]}, not {given.value}{behind}")
        return
    low, high = _RANGES.get(given.key, (value, value))
    if not low <= value <= high:
        yield Finding(given.line, False, f"{given.key} is {given.value}; values from {low:g} to {high:g} make sense")


_NAMES = {int: "a whole number", float: "a number", bool: "true or false"}


def _boolean(text: str) -> bool:
    if text not in _TRUE_OR_FALSE:
        raise ValueError(text)
    return text in _TRUE_OR_FALSE[:6]


def _message(given: Instruction) -> Iterator[Finding]:
    if given.key not in ROLES:
        yield Finding(given.line, True, f"the role of a MESSAGE is one of {', '.join(ROLES)}, not {given.key}")


def _requires(given: Instruction) -> Iterator[Finding]:
    if not _VERSION.fullmatch(given.value):
        yield Finding(given.line, True, f"REQUIRES wants a version such as 0.14.0, not {given.value}")


def _adapter(given: Instruction) -> Iterator[Finding]:
    yield Finding(
        given.line,
        True,
        "Ollama since 0.34.1 refuses ADAPTER; merge the adapter into its model (`vibecoder export ollama`)",
    )


def _template(given: Instruction) -> Iterator[Finding]:
    if "{%" in given.value:
        yield Finding(given.line, True, "TEMPLATE is a Go template ({{ .Prompt }}), not Jinja ({% ... %})")
        return
    depth = 0
    for action in _ACTION.finditer(given.value):
        word = action["word"]
        depth += 1 if word in _OPENS else -1 if word == "end" else 0
        if depth < 0:
            break
    if depth or "{{" in _ACTION.sub("", given.value):
        reason = "an {{ if }}, {{ range }} or {{ end }} too many, or a {{ that is not closed"
        yield Finding(given.line, True, f"TEMPLATE does not parse as a Go template: {reason}")
    elif "{{" not in given.value:
        yield Finding(given.line, False, "TEMPLATE prints the same text for every prompt: it names no variable")
    elif ".Messages" in given.value and ".Tools" not in given.value:
        yield Finding(given.line, False, "TEMPLATE does not print .Tools: Ollama will refuse requests that offer tools")


def _unseen(given: Instruction) -> Iterator[Finding]:
    """Find characters that Ollama's reader leaves out without a word, such as no-break spaces."""
    lost = sorted({char for char in given.value if not char.isprintable() and char not in "\n\t"})
    if lost:
        names = ", ".join(f"U+{ord(char):04X}" for char in lost)
        yield Finding(given.line, False, f"{given.name} holds characters that Ollama leaves out: {names}")


_CHECKS: dict[str, Callable[[Instruction], Iterator[Finding]]] = {
    "PARAMETER": _parameter,
    "MESSAGE": _message,
    "REQUIRES": _requires,
    "ADAPTER": _adapter,
    "TEMPLATE": _template,
}


def _whole(given: Sequence[Instruction], folder: Path | None) -> Iterator[Finding]:
    """Find what is wrong with the instructions together."""
    by_name = {name: [each for each in given if each.name == name] for name in INSTRUCTIONS}
    if not by_name["FROM"]:
        yield Finding(0, True, "no FROM; name the model's GGUF file, such as FROM ./model.gguf")
    for each in by_name["FROM"]:
        yield from _source(each, folder)
    for name in ("TEMPLATE", "SYSTEM"):
        for each in by_name[name][1:]:
            yield Finding(each.line, False, f"a second {name} replaces the first")
    counts = Counter(each.key for each in by_name["PARAMETER"] if each.key != "stop")
    for each in by_name["PARAMETER"]:
        if counts[each.key] > 1:
            yield Finding(each.line, False, f"{each.key} is set {counts.pop(each.key)} times; the last one counts")
    is_file = any(_is_file(each.value) for each in by_name["FROM"])
    if is_file and not by_name["TEMPLATE"] and not by_name["RENDERER"]:
        yield Finding(0, False, "no TEMPLATE: older versions of Ollama then hand the prompt to the model as it is")
    template = by_name["TEMPLATE"][-1].value if by_name["TEMPLATE"] else ""
    stops = [each.value for each in by_name["PARAMETER"] if each.key == "stop"]
    if is_file and not stops and _CONTROL.search(template):
        yield Finding(0, False, "no PARAMETER stop: name the token that ends a turn, such as <|im_end|>")
    if is_file and not any(each.key == "num_ctx" for each in by_name["PARAMETER"]):
        yield Finding(0, False, "no num_ctx: Ollama's own default may cut a long prompt off at its beginning")


def _is_file(source: str) -> bool:
    return source.endswith((".gguf", ".bin")) or source.startswith((".", "/", "~"))


def _source(given: Instruction, folder: Path | None) -> Iterator[Finding]:
    if not _is_file(given.value):
        return
    path = Path(given.value).expanduser()
    path = path if path.is_absolute() or folder is None else folder / path
    if folder is not None and "*" not in given.value and not path.exists():
        yield Finding(given.line, True, f"FROM {given.value}: there is no such file")
    elif path.is_dir() or given.value.endswith(".safetensors"):
        yield Finding(
            given.line,
            False,
            f"FROM {given.value}: Ollama since 0.34.1 makes no GGUF of safetensors; give a quantized GGUF",
        )
