"""Single things a user may ask for, each with the one call that answers it: the building blocks of tool-use rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from vibecoder_datasets.code.survey import File, Function
from vibecoder_datasets.material.kit import Kit
from vibecoder_datasets.material.openings import test_of
from vibecoder_datasets.material.session import Call

__all__ = ["REQUESTS", "Ask", "defaults", "summary_line"]

# The intent of the phrasing, the slots it is filled with, and the call.
Ask = tuple[str, dict[str, object], Call]


def read(kit: Kit, file: File) -> Ask | None:
    return "read", {"path": file.path}, ("read_file", {"path": file.path})


def span(kit: Kit, file: File) -> Ask | None:
    function = kit.rng.choice(file.functions)
    first = max(1, function.line - kit.rng.randrange(3))
    last = min(len(file.lines), first + kit.rng.randrange(5, 13))
    slots = {"path": file.path, "a": first, "b": last}
    return "range", slots, ("read_file", {"path": file.path, "start": first, "end": last})


def grep_in(kit: Kit, file: File) -> Ask | None:
    pattern = kit.rng.choice(patterns(kit, file))
    path = file.path if kit.rng.random() < 0.7 or "/" not in file.folder else file.folder
    return "grep_in", {"path": path, "pattern": pattern}, ("grep", {"pattern": pattern, "path": path})


def grep(kit: Kit, file: File) -> Ask | None:
    name = kit.rng.choice(file.functions).name
    pattern = kit.rng.choice((name, f"def {name}", f"{name}\\("[:-2], f"import {name}", f"= {name}"))
    return "grep", {"pattern": pattern}, ("grep", {"pattern": pattern})


def glob(kit: Kit, file: File) -> Ask | None:
    path = PurePosixPath(file.path)
    stem = path.stem
    forms = [
        f"**/{path.name}",
        f"**/{stem[: max(3, len(stem) // 2)]}*.py",
        f"{path.parent}/{stem[:2]}*.py",
        f"**/*{stem[-4:]}.py",
    ]
    pattern = kit.rng.choice(forms)
    return "glob", {"pattern": pattern}, ("glob", {"pattern": pattern})


def listing(kit: Kit, file: File) -> Ask | None:
    return "list", {"path": file.folder}, ("list_files", {"path": file.folder})


def edit(kit: Kit, file: File) -> Ask | None:
    function = kit.rng.choice(file.functions)
    change = kit.rng.choice((defaults, summary_line))(kit, function)
    if change is None:
        return None
    old, new = change
    text = kit.workspace.text(file.path)
    if text.count(old) != 1 or len(old) > 70 or any(mark in old for mark in '`"\\'):
        return None
    call: Call = ("edit_file", {"path": file.path, "old": old, "new": new})
    return "edit", {"path": file.path, "old": old, "new": new}, call


def write(kit: Kit, file: File) -> Ask | None:
    function = kit.rng.choice(file.functions)
    stem = PurePosixPath(file.path).stem
    path = kit.rng.choice((f"notes/{stem}.md", f"docs/{function.name}.md", f"todo/{stem}.txt", f"{stem}_notes.txt"))
    form = kit.rng.choice(("# {}", "TODO: test {}", "{} needs an example", "{} is slow", "Ask about {}", "see {}"))
    content = form.format(function.name)
    return "write", {"path": path, "content": content}, ("write_file", {"path": path, "content": content})


def tests(kit: Kit, file: File) -> Ask | None:
    path = test_of(kit, file)
    return ("test", {"path": path}, ("run_tests", {"path": path})) if path else None


def python(kit: Kit, file: File) -> Ask | None:
    path = test_of(kit, file)
    if path is None:
        return None
    found = re.findall(r"^    assert (?:not )?((\w+)\([^`\n]*?\))(?: ==.*)?$", kit.workspace.text(path), re.MULTILINE)
    known = [expression for expression, name in found if name in {function.name for function in file.functions}]
    known = [expression for expression in known if expression.count("(") == expression.count(")")]
    if not known:
        return None
    expression = kit.rng.choice(known)
    name = expression.split("(")[0]
    module = file.path.removesuffix(".py").replace("/", ".")
    code = f"from {module} import {name}; print({expression})"
    return "python", {"code": code}, ("run_python", {"code": code})


def definition(kit: Kit, file: File) -> Ask | None:
    name = _name(kit, file)
    return "definition", {"name": name}, ("definition", {"name": name})


def references(kit: Kit, file: File) -> Ask | None:
    name = _name(kit, file)
    return "references", {"name": name}, ("references", {"name": name})


def _name(kit: Kit, file: File) -> str:
    """Return the name of the function drawn last if it is in the file, else of any function of the file."""
    dealt = [function for function in kit.functions.dealt[-1:] if function.path == file.path]
    return (dealt or [kit.rng.choice(file.functions)])[0].name


def text(kit: Kit, file: File) -> Ask | None:
    """Ask for a message that the code gives to its users: text, which no semantic tool finds."""
    found = re.findall(
        r'(?:Error|Exception|warn|print|info|debug)\(\s*f?["\']([A-Z][\w ,]{8,48})[.:"\']', "\n".join(file.lines)
    )
    if not found:
        return None
    message = kit.rng.choice(found).strip()
    slots = {"pattern": message, "path": file.path}
    if kit.rng.random() < 0.6:
        return "text_in", slots, ("grep", slots)
    return "text", {"pattern": message}, ("grep", {"pattern": message})


def functions(kit: Kit, file: File) -> Ask | None:
    return "functions", {"path": file.path}, ("functions", {"path": file.path})


def classes(kit: Kit, file: File) -> Ask | None:
    if not any(function.is_class for function in file.functions) and kit.rng.random() < 0.7:
        return None
    return "classes", {"path": file.path}, ("classes", {"path": file.path})


def stats(kit: Kit, file: File) -> Ask | None:
    path = kit.rng.choice((file.path, file.path, file.folder))
    return "stats", {"path": path}, ("stats", {"path": path})


def index(kit: Kit, file: File) -> Ask | None:
    path = kit.rng.choice((file.path, file.folder))
    return "index", {"path": path}, ("index", {"path": path})


def patterns(kit: Kit, file: File) -> list[str]:
    """List texts worth searching for in a file that are plain as regular expressions too."""
    text = "\n".join(file.lines)
    found = [f"def {f.name}" for f in file.functions if not f.is_class] + [f.name for f in file.functions]
    found += sorted(set(re.findall(r"raise (\w+)", text)))
    found += sorted(set(re.findall(r"^(?:from \S+ )?import \w+$", text, re.MULTILINE)))
    found += ["return None"] * ("return None" in text) + ["TODO"] * ("TODO" in text) + ["yield"] * ("yield" in text)
    return [pattern for pattern in found if re.fullmatch(r"[\w ]+", pattern)]


def defaults(kit: Kit, function: Function) -> tuple[str, str] | None:
    """Draw a numeric default of a function's signature, and the same with another value."""
    found = re.findall(r"\b(\w+)=(\d+)(?=[,)])", "\n".join(kit.lines(function)[:4]))
    if not found:
        return None
    name, value = kit.rng.choice(found)
    return f"{name}={value}", f"{name}={int(value) * kit.rng.choice((2, 5, 10)) or kit.rng.choice((1, 2, 3))}"


def summary_line(kit: Kit, function: Function) -> tuple[str, str] | None:
    """Return a docstring's summary and its rewording: `Returns the ...` as an order, or another verb."""
    words = function.summary.rstrip(".").split()
    if not 3 <= len(words) <= 11 or not words[0].isalpha():
        return None
    first = words[0]
    verb = {"Compute": "Calculate", "Calculate": "Compute", "Check": "Test", "Iterate": "Loop", "Find": "Search"}
    new = verb.get(first) or re.sub(r"(?<=[sxh])es$|(?<=[^s])s$", "", first)
    rest = " ".join(words[1:])
    return (f"{first} {rest}", f"{new} {rest}") if new != first else None


def command(kit: Kit, file: File) -> Ask | None:
    name = kit.rng.choice(file.functions).name
    forms = (
        "wc -l {path}", "head -n 6 {path}", "tail -n 4 {path}", "grep -c def {path}", "grep -n {name} {path}",
        "ls {folder}", "grep -n import {path} | head -n 5", "grep -rl {name} {folder}", "wc -lw {path}",
        "sed -n {a},{b}p {path}", "grep -n def {path} | tail -n 3", "ls {folder} | wc -l", "grep -w -c return {path}",
        "find {folder} -maxdepth 1 -name {stem}.py", "cat {path} | grep -c {name}", "grep -n raise {path} | head -n 4",
    )  # fmt: skip
    start = kit.rng.randrange(1, max(2, len(file.lines) - 6))
    text = kit.rng.choice(forms).format(
        path=file.path,
        folder=file.folder,
        name=name,
        stem=PurePosixPath(file.path).stem,
        a=start,
        b=start + kit.rng.randrange(2, 6),
    )
    return "bash", {"command": text}, ("bash", {"command": text})


REQUESTS: dict[str, Callable[[Kit, File], Ask | None]] = {
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
