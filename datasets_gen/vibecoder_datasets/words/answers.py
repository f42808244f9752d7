"""Sentences about tool results, made from nothing but the result itself."""

from __future__ import annotations

import re

__all__ = ["about", "first_place", "places", "total"]

_PLACE = re.compile(r"^([\w./-]+\.\w+):(\d+)(?:-(\d+))?", re.MULTILINE)
_TOTAL = re.compile(r"^\[(.*)\]$", re.MULTILINE)


def places(result: str) -> list[tuple[str, int, int]]:
    """Return each (path, first line, last line) that a result names, in order."""
    return [(path, int(first), int(last or first)) for path, first, last in _PLACE.findall(result)]


def first_place(result: str) -> tuple[str, int, int]:
    return places(result)[0]


def total(result: str) -> str:
    """Return what the result's last line in brackets says."""
    found = _TOTAL.findall(result)
    return found[-1] if found else ""


def there(result: str) -> str:
    """Write `There is 1 match in 1 file` or `There are 2 matches in 1 file` from a result's total."""
    return f"There {'is' if total(result).startswith('1 ') else 'are'} {total(result)}"


def about(name: str, arguments: dict[str, object], result: str, style: int) -> str:
    """Write one sentence on the result of a call; `style` chooses among wordings."""
    if result.startswith("error: "):
        return f"That did not work: {result.removeprefix('error: ')}."
    return _ABOUT[name](arguments, result, style)


def _read(arguments: dict[str, object], result: str, style: int) -> str:
    path, span = arguments["path"], total(result)
    body = result.split("\n[lines ")[0]
    named = re.search(r"^ *(?:async )?(def|class) (\w+)", body, re.MULTILINE)
    lines = [line.strip(' "r') for line in body.splitlines()]
    text = next((line for line in lines if line and "`" not in line), lines[0] if lines else "")
    if named and style % 4:
        kind = "class" if named[1] == "class" else "function"
        return (
            f"That is {span} in `{path}`; the {kind} `{named[2]}` is there.",
            f"`{path}`, {span}: it shows the {kind} `{named[2]}`.",
            f"Here you see `{named[2]}` ({path}, {span}).",
        )[style % 3]
    return (
        f"That is {span} in `{path}`. It says: {text}",
        f"`{path}`, {span}. It reads: {text}",
        f"Here are {span} of `{path}`, with the line: {text}",
    )[style % 3]


def _grep(arguments: dict[str, object], result: str, style: int) -> str:
    found = places(result)
    if not found:
        return (
            f"Nothing matches `{arguments['pattern']}` there.",
            f"No line matches `{arguments['pattern']}`.",
            f"`{arguments['pattern']}` does not occur.",
        )[style % 3]
    path = found[0][0]
    lines = ", ".join(str(line) for _, line, _ in found)
    if len({path for path, _, _ in found}) == 1 and "\n..." not in result and len(found) < 5:
        word = "line" if len(found) == 1 else "lines"
        return (
            f"`{arguments['pattern']}` is on {word} {lines} of `{path}`.",
            f"{total(result)}: `{path}`, {word} {lines}.",
            f"Found it on {word} {lines} of `{path}`.",
        )[style % 3]
    return (
        f"{total(result)}; the first is `{path}:{found[0][1]}`.",
        f"{there(result)}, beginning at `{path}:{found[0][1]}`.",
        f"{total(result)}. Start at `{path}:{found[0][1]}`.",
    )[style % 3]


def _glob(arguments: dict[str, object], result: str, style: int) -> str:
    paths = [line for line in result.splitlines() if line.endswith(".py")]
    if not paths:
        return f"No file matches `{arguments['pattern']}`."
    if len(paths) <= 3 and "\n..." not in result:
        names = " and ".join(f"`{path}`" for path in paths)
        return (f"`{arguments['pattern']}` finds {names}.", f"{total(result)}: {names}.", f"It matches {names}.")[
            style % 3
        ]
    return (
        f"{total(result)} match, the first is `{paths[0]}`.",
        f"`{arguments['pattern']}` finds {total(result)}, from `{paths[0]}` on.",
        f"{there(result)}; `{paths[0]}` comes first.",
    )[style % 3]


def _list(arguments: dict[str, object], result: str, style: int) -> str:
    first = result.splitlines()[0]
    return (
        f"`{arguments['path']}` holds {total(result)}; the first entry is `{first}`.",
        f"{total(result)} in `{arguments['path']}`, beginning with `{first}`.",
        f"{there(result)}. `{first}` comes first.",
    )[style % 3]


def _edit(arguments: dict[str, object], result: str, style: int) -> str:
    return (
        f"Done: `{arguments['path']}` now says `{arguments['new']}`.",
        f"I edited `{arguments['path']}`; it reads `{arguments['new']}` now.",
        f"`{arguments['path']}` is changed.",
    )[style % 3]


def _write(arguments: dict[str, object], result: str, style: int) -> str:
    return (f"Done: {result}.", f"I {result}.", f"`{arguments['path']}` is there now.")[style % 3]


def _tests(arguments: dict[str, object], result: str, style: int) -> str:
    outcome = total(result).split(",")
    text = ",".join(outcome[:-1])
    if outcome[-1].strip() == "exit 0":
        return (f"`{arguments['path']}` is green: {text}.", f"All fine, {text}.", f"{text} in `{arguments['path']}`.")[
            style % 3
        ]
    return (f"`{arguments['path']}` is red: {text}.", f"Not green: {text}.", f"{text} in `{arguments['path']}`.")[
        style % 3
    ]


def _python(arguments: dict[str, object], result: str, style: int) -> str:
    return (f"It prints `{result}`.", f"The output is `{result}`.", f"You get `{result}`.")[style % 3]


def _bash(arguments: dict[str, object], result: str, style: int) -> str:
    lines = [line.strip() for line in result.splitlines() if line.strip()]
    if len(lines) < 2:
        shown = lines[0] if lines else result
        return (
            (f"It prints `{shown}`.", f"`{shown}`", f"The output is `{shown}`.")[style % 3] if shown else "No output."
        )
    return (
        f"It begins with: {lines[0]}",
        f"The first line says: {lines[0]}",
        f"From `{arguments['command']}` I get, first: {lines[0]}",
    )[style % 3]


def _definition(arguments: dict[str, object], result: str, style: int) -> str:
    found = places(result)
    path, first, last = found[0]
    if len(found) > 1:
        others = " and ".join(f"`{path}:{first}`" for path, first, _ in found)
        return f"`{arguments['name']}` has more than one definition: {others}."
    return (
        f"`{arguments['name']}` is defined in `{path}`, lines {first}-{last}.",
        f"It is in `{path}`, lines {first}-{last}.",
        f"`{path}` defines `{arguments['name']}` on line {first}.",
    )[style % 3]


def _references(arguments: dict[str, object], result: str, style: int) -> str:
    found = places(result)
    if not found and "unclear" in result:
        return f"No certain use of `{arguments['name']}`, but {result.partition(', ')[2]} of that name."
    if not found:
        return (
            f"Nothing in this project uses `{arguments['name']}`.",
            f"There are no references to `{arguments['name']}`.",
            f"`{arguments['name']}` is not used anywhere here.",
        )[style % 3]
    return (
        f"`{arguments['name']}` has {total(result)}; the first is `{found[0][0]}:{found[0][1]}`.",
        f"{total(result)}, beginning at `{found[0][0]}:{found[0][1]}`.",
        f"{there(result)}. See `{found[0][0]}:{found[0][1]}`.",
    )[style % 3]


def _named(arguments: dict[str, object], result: str, style: int) -> str:
    names = [found[1] for found in re.finditer(r"^\d+: (?:def|class) (\w+)", result, re.MULTILINE)]
    if not names:
        return f"There are {result}."
    if len(names) == 1:
        return (f"`{arguments['path']}` has {total(result)}: `{names[0]}`.", f"Just one: `{names[0]}`.")[style % 2]
    return (
        f"`{arguments['path']}` has {total(result)}, from `{names[0]}` to `{names[-1]}`."
        if "\n..." not in result
        else f"`{arguments['path']}` has {total(result)}, beginning with `{names[0]}`.",
        f"{total(result)}; the first is `{names[0]}`.",
        f"{there(result)}, among them `{names[0]}` and `{names[1]}`.",
    )[style % 3]


def _whole(arguments: dict[str, object], result: str, style: int) -> str:
    return (f"`{arguments['path']}`: {result}.", f"The result is {result}.", f"For `{arguments['path']}`: {result}.")[
        style % 3
    ]


_ABOUT = {
    "read_file": _read,
    "grep": _grep,
    "glob": _glob,
    "list_files": _list,
    "edit_file": _edit,
    "write_file": _write,
    "run_tests": _tests,
    "run_python": _python,
    "bash": _bash,
    "definition": _definition,
    "references": _references,
    "functions": _named,
    "classes": _named,
    "stats": _whole,
    "index": _whole,
}
