"""What the `bash` tool allows: programs that read, build or test, with plain arguments that stay in the workspace."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Sequence

from vibecoder.workspace.files import ToolError, Workspace

__all__ = ["is_build", "ordered", "parsed", "program"]

MAX_LENGTH = 400
_READERS = {
    "cat": r"-n",
    "cut": r"-[bcdf].*|-s",
    "diff": r"-[bBiquwU]+\d*",
    "echo": r".*",
    "grep": r"-[cEFhHiLlnorvwx]+|-[ABCm]\d*|-e",
    "head": r"-[nc]?\d*",
    "ls": r"-[1aAR]+",
    "nl": r"-ba",
    "pwd": r"",
    "sort": r"-[bfnru]+|-[kt]\S{0,5}",
    "tail": r"-[nc]?\+?\d*",
    "tr": r"-[cds]+",
    "uniq": r"-[cdiu]+",
    "wc": r"-[clmw]+",
}
"""Programs that only read, and the options that they may be given."""
_FIND = {"-name", "-path", "-type", "-maxdepth", "-mindepth", "-not", "-iname", "-empty", "-size"}
_BUILDS = {
    "cargo": {"build", "check", "clippy", "test", "run"},
    "go": {"build", "test", "vet", "run"},
    "gofmt": {"-l", "-d"},
    "node": {"--test"},
    "rustc": {"--test", "--edition", "--version"},
    "tsc": {"--noEmit"},
}
_FORBIDDEN = re.compile(r"[;&<>`$\\\n\r\0*?{}~!#]|\|\|")


def parsed(command: str, workspace: Workspace) -> list[list[list[str]]]:
    """Pipelines of stages of words; the next one runs when the one before it succeeded.

    Raises:
        ToolError: it needs a shell, or a program or argument is not allowed.
    """
    if len(command) > MAX_LENGTH:
        raise ToolError(f"error: a command may have {MAX_LENGTH} characters")
    pipelines = []
    for part in _split(command, "&&"):
        stages = [_words(stage) for stage in _split(part, "|")]
        for words in stages:
            _check(words, workspace)
        pipelines.append(stages)
    return pipelines


def program(words: Sequence[str]) -> tuple[str, list[str] | None]:
    """Return what to run for a stage; or, where nothing needs to run, what it prints, and None."""
    match words[0]:
        case "pwd":
            return ".\n", None
        case "echo":
            return " ".join(words[1:]) + "\n", None
        case "pytest":
            return "", [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words[1:]]
        case "python" | "python3":
            return "", [sys.executable, *words[1:]]
        case _:
            return "", list(words)


def is_build(words: Sequence[str]) -> bool:
    """Tell whether a stage is a compiler or the like, which takes longer."""
    return words[0] in _BUILDS


def ordered(words: Sequence[str], output: str) -> str:
    """Output whose order the file system decides, sorted."""
    recursive = words[0] == "grep" and any(re.match(r"-\w*r", word) for word in words)
    if words[0] != "find" and not recursive:
        return output
    lines = output.splitlines(keepends=True)
    return "".join(sorted(lines, key=lambda line: line.split(":")[0]))


def _split(text: str, operator: str) -> list[str]:
    """Return the parts of `text` between operators outside quotes."""
    parts, start, quote, at = [], 0, "", 0
    while at < len(text):
        if quote:
            quote = "" if text[at] == quote else quote
        elif text[at] in "'\"":
            quote = text[at]
        elif text.startswith(operator, at):
            parts.append(text[start:at])
            at += len(operator)
            start = at
            continue
        at += 1
    return [*parts, text[start:]]


def _words(stage: str) -> list[str]:
    outside = re.sub(r"'[^']*'|\"[^\"`$\\]*\"", "", stage)
    if found := _FORBIDDEN.search(outside):
        raise ToolError(f"error: `{found[0]}` needs a shell; quote it, or use plain words joined by | and &&")
    try:
        words = shlex.split(stage)
    except ValueError as error:
        raise ToolError(f"error: cannot read the command: {error}") from error
    if not words:
        raise ToolError("error: there is no command")
    if any(ord(character) < 32 for word in words for character in word if character != "\t"):
        raise ToolError("error: a command cannot hold control characters")
    return words


def _check(words: Sequence[str], workspace: Workspace) -> None:
    name, *arguments = words
    check = _CHECKS.get(name)
    if check is None and name not in _READERS and name not in _BUILDS:
        known = ", ".join(sorted({*_READERS, *_BUILDS, *_CHECKS}))
        raise ToolError(f"error: {name} is not allowed; there are {known}")
    code = 1 if name.startswith("python") and arguments[:1] == ["-c"] else None
    for at, argument in enumerate(arguments):
        if at != code:
            _check_path(argument, workspace)
    if check is not None:
        check(arguments)
    elif name in _BUILDS:
        if not arguments or arguments[0] not in _BUILDS[name]:
            raise ToolError(f"error: {name} may be given {', '.join(sorted(_BUILDS[name]))}")
    else:
        for argument in arguments:
            if argument.startswith("-") and not re.fullmatch(_READERS[name], argument):
                raise ToolError(f"error: {name} may not be given {argument}")
        if name == "uniq" and any(not argument.startswith("-") for argument in arguments):
            raise ToolError("error: uniq reads what is piped into it")


def _check_path(argument: str, workspace: Workspace) -> None:
    """Refuse what could name a file outside, also behind an option's `=` or its letter."""
    for text in {argument, argument.partition("=")[2], re.sub(r"^-\w", "", argument)}:
        path = text.split("::")[0]
        if path.startswith(("/", "~")) or ".." in path.split("/") or not workspace.holds(path or "."):
            raise ToolError(f"error: {argument} is outside the project")


def _check_find(arguments: Sequence[str]) -> None:
    for argument in arguments:
        if argument.startswith("-") and argument not in _FIND:
            raise ToolError(f"error: find may not be given {argument}")


def _check_sed(arguments: Sequence[str]) -> None:
    if len(arguments) < 2 or arguments[0] != "-n" or not re.fullmatch(r"\d+(,(\d+|\$))?p", arguments[1]):
        raise ToolError("error: sed may only print lines, as in sed -n '3,9p' FILE")
    if any(argument.startswith("-") for argument in arguments[2:]):
        raise ToolError("error: sed may only print lines, as in sed -n '3,9p' FILE")


def _check_python(arguments: Sequence[str]) -> None:
    if not arguments or not (arguments[:2] == ["-m", "pytest"] or arguments[0] == "-c" or arguments[0].endswith(".py")):
        raise ToolError("error: python may be given a file, -c with a program, or -m pytest")


def _check_pytest(arguments: Sequence[str]) -> None:
    for argument in arguments:
        if argument.startswith("-") and not re.fullmatch(r"-[qvxskl]+|--tb=\w+|--lf|--maxfail=\d+|-rN", argument):
            raise ToolError(f"error: pytest may not be given {argument}")


_CHECKS: dict[str, Callable[[Sequence[str]], None]] = {
    "find": _check_find,
    "sed": _check_sed,
    "python": _check_python,
    "python3": _check_python,
    "pytest": _check_pytest,
}
