"""Single things a user may ask for, each with the one call that answers it: the building blocks of tool-use rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from vibecoder_datasets.code.index import File, Function
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.openings import test_of
from vibecoder_datasets.material.session import Call

__all__ = ["REQUESTS", "Ask", "defaults", "summary_line"]

# The intent of the phrasing, the slots it is filled with, and the call.
Ask = tuple[str, dict[str, object], Call]


def read(context: ExpertContext, file: File) -> Ask | None:
    return "read", {"path": file.path}, ("read_file", {"path": file.path})


def span(context: ExpertContext, file: File) -> Ask | None:
    function = context.rng.choice(file.functions)
    first = max(1, function.line - context.rng.randrange(3))
    last = min(len(file.lines), first + context.rng.randrange(5, 13))
    slots = {"path": file.path, "a": first, "b": last}
    return "range", slots, ("read_file", {"path": file.path, "start": first, "end": last})


def grep_in(context: ExpertContext, file: File) -> Ask | None:
    pattern = context.rng.choice(patterns(context, file))
    path = file.path if context.rng.random() < 0.7 or "/" not in file.folder else file.folder
    return "grep_in", {"path": path, "pattern": pattern}, ("grep", {"pattern": pattern, "path": path})


def grep(context: ExpertContext, file: File) -> Ask | None:
    name = context.rng.choice(file.functions).name
    pattern = context.rng.choice((name, f"def {name}", f"{name}\\("[:-2], f"import {name}", f"= {name}"))
    return "grep", {"pattern": pattern}, ("grep", {"pattern": pattern})


def glob(context: ExpertContext, file: File) -> Ask | None:
    path = PurePosixPath(file.path)
    stem = path.stem
    forms = [
        f"**/{path.name}",
        f"**/{stem[: max(3, len(stem) // 2)]}*.py",
        f"{path.parent}/{stem[:2]}*.py",
        f"**/*{stem[-4:]}.py",
    ]
    pattern = context.rng.choice(forms)
    return "glob", {"pattern": pattern}, ("glob", {"pattern": pattern})


def listing(context: ExpertContext, file: File) -> Ask | None:
    return "list", {"path": file.folder}, ("list_files", {"path": file.folder})


def edit(context: ExpertContext, file: File) -> Ask | None:
    function = context.rng.choice(file.functions)
    change = context.rng.choice((defaults, summary_line))(context, function)
    if change is None:
        return None
    old, new = change
    text = context.workspace.text(file.path)
    if text.count(old) != 1 or len(old) > 70 or any(mark in old for mark in '`"\\'):
        return None
    call: Call = ("edit_file", {"path": file.path, "old": old, "new": new})
    return "edit", {"path": file.path, "old": old, "new": new}, call


def write(context: ExpertContext, file: File) -> Ask | None:
    function = context.rng.choice(file.functions)
    stem = PurePosixPath(file.path).stem
    path = context.rng.choice((f"notes/{stem}.md", f"docs/{function.name}.md", f"todo/{stem}.txt", f"{stem}_notes.txt"))
    form = context.rng.choice(("# {}", "TODO: test {}", "{} needs an example", "{} is slow", "Ask about {}", "see {}"))
    content = form.format(function.name)
    return "write", {"path": path, "content": content}, ("write_file", {"path": path, "content": content})


def tests(context: ExpertContext, file: File) -> Ask | None:
    path = test_of(context, file)
    return ("test", {"path": path}, ("run_tests", {"path": path})) if path else None


def python(context: ExpertContext, file: File) -> Ask | None:
    path = test_of(context, file)
    if path is None:
        return None
    found = re.findall(
        r"^    assert (?:not )?((\w+)\([^`\n]*?\))(?: ==.*)?$", context.workspace.text(path), re.MULTILINE
    )
    known = [expression for expression, name in found if name in {function.name for function in file.functions}]
    known = [expression for expression in known if expression.count("(") == expression.count(")")]
    if not known:
        return None
    expression = context.rng.choice(known)
    name = expression.split("(")[0]
    module = file.path.removesuffix(".py").replace("/", ".")
    code = f"from {module} import {name}; print({expression})"
    return "python", {"code": code}, ("run_python", {"code": code})


def definition(context: ExpertContext, file: File) -> Ask | None:
    name = _name(context, file)
    return "definition", {"name": name}, ("definition", {"name": name})


def references(context: ExpertContext, file: File) -> Ask | None:
    name = _name(context, file)
    return "references", {"name": name}, ("references", {"name": name})


def _name(context: ExpertContext, file: File) -> str:
    """Return the name of the function drawn last if it is in the file, else of any function of the file."""
    dealt = [function for function in context.functions.drawn[-1:] if function.path == file.path]
    return (dealt or [context.rng.choice(file.functions)])[0].name


def text(context: ExpertContext, file: File) -> Ask | None:
    """Ask for a message that the code gives to its users: text, which no semantic tool finds."""
    found = re.findall(
        r'(?:Error|Exception|warn|print|info|debug)\(\s*f?["\']([A-Z][\w ,]{8,48})[.:"\']', "\n".join(file.lines)
    )
    if not found:
        return None
    message = context.rng.choice(found).strip()
    slots = {"pattern": message, "path": file.path}
    if context.rng.random() < 0.6:
        return "text_in", slots, ("grep", slots)
    return "text", {"pattern": message}, ("grep", {"pattern": message})


def functions(context: ExpertContext, file: File) -> Ask | None:
    return "functions", {"path": file.path}, ("functions", {"path": file.path})


def classes(context: ExpertContext, file: File) -> Ask | None:
    if not any(function.is_class for function in file.functions) and context.rng.random() < 0.7:
        return None
    return "classes", {"path": file.path}, ("classes", {"path": file.path})


def stats(context: ExpertContext, file: File) -> Ask | None:
    path = context.rng.choice((file.path, file.path, file.folder))
    return "stats", {"path": path}, ("stats", {"path": path})


def index(context: ExpertContext, file: File) -> Ask | None:
    path = context.rng.choice((file.path, file.folder))
    return "index", {"path": path}, ("index", {"path": path})


def patterns(context: ExpertContext, file: File) -> list[str]:
    """List texts worth searching for in a file that are plain as regular expressions too."""
    text = "\n".join(file.lines)
    found = [f"def {f.name}" for f in file.functions if not f.is_class] + [f.name for f in file.functions]
    found += sorted(set(re.findall(r"raise (\w+)", text)))
    found += sorted(set(re.findall(r"^(?:from \S+ )?import \w+$", text, re.MULTILINE)))
    found += ["return None"] * ("return None" in text) + ["TODO"] * ("TODO" in text) + ["yield"] * ("yield" in text)
    return [pattern for pattern in found if re.fullmatch(r"[\w ]+", pattern)]


def defaults(context: ExpertContext, function: Function) -> tuple[str, str] | None:
    """Draw a numeric default of a function's signature, and the same with another value."""
    found = re.findall(r"\b(\w+)=(\d+)(?=[,)])", "\n".join(context.lines(function)[:4]))
    if not found:
        return None
    name, value = context.rng.choice(found)
    return f"{name}={value}", f"{name}={int(value) * context.rng.choice((2, 5, 10)) or context.rng.choice((1, 2, 3))}"


def summary_line(context: ExpertContext, function: Function) -> tuple[str, str] | None:
    """Return a docstring's summary and its rewording: `Returns the ...` as an order, or another verb."""
    words = function.summary.rstrip(".").split()
    if not 3 <= len(words) <= 11 or not words[0].isalpha():
        return None
    first = words[0]
    verb = {"Compute": "Calculate", "Calculate": "Compute", "Check": "Test", "Iterate": "Loop", "Find": "Search"}
    new = verb.get(first) or re.sub(r"(?<=[sxh])es$|(?<=[^s])s$", "", first)
    rest = " ".join(words[1:])
    return (f"{first} {rest}", f"{new} {rest}") if new != first else None


def command(context: ExpertContext, file: File) -> Ask | None:
    name = context.rng.choice(file.functions).name
    forms = (
        "wc -l {path}", "head -n 6 {path}", "tail -n 4 {path}", "grep -c def {path}", "grep -n {name} {path}",
        "ls {folder}", "grep -n import {path} | head -n 5", "grep -rl {name} {folder}", "wc -lw {path}",
        "sed -n {a},{b}p {path}", "grep -n def {path} | tail -n 3", "ls {folder} | wc -l", "grep -w -c return {path}",
        "find {folder} -maxdepth 1 -name {stem}.py", "cat {path} | grep -c {name}", "grep -n raise {path} | head -n 4",
    )  # fmt: skip
    start = context.rng.randrange(1, max(2, len(file.lines) - 6))
    text = context.rng.choice(forms).format(
        path=file.path,
        folder=file.folder,
        name=name,
        stem=PurePosixPath(file.path).stem,
        a=start,
        b=start + context.rng.randrange(2, 6),
    )
    return "bash", {"command": text}, ("bash", {"command": text})


REQUESTS: dict[str, Callable[[ExpertContext, File], Ask | None]] = {
    "read": read,
    "span": span,
    "grep_in": grep_in,
    "grep": grep,
    "glob": glob,
    "list": listing,
    "edit": edit,
    "write": write,
    "test": tests,
    "python": python,
    "definition": definition,
    "references": references,
    "functions": functions,
    "classes": classes,
    "stats": stats,
    "index": index,
    "text": text,
    "bash": command,
}
