"""Writes rows of the scale game: a function at 10, 100 and 1000 times the size, its executed lines counted.

Lines of Python are counted, not seconds: the numbers are the same on every machine.
"""

from __future__ import annotations

import ast

from vibecoder.types import Example
from vibecoder.workspace.lab import lab_of, module_of
from vibecoder_datasets.code.index import Function
from vibecoder_datasets.code.tested import body
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.skills import Opening, plainly
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["CATEGORY", "growth", "scale_game", "scale_row"]

CATEGORY = "problem-solving"
MOST_STEPS = 100_000
# Arguments of size n, by how many a function needs; networkx's graphs come first where it is the project.
ARGUMENTS = {
    1: ("list(range(n))", "n", "'ab' * n", "['a', 'b'] * n", "{i: i for i in range(n)}",
        "[[i, i + 1] for i in range(n)]"),
    2: ("list(range(n)), 3", "3, list(range(n))", "lambda x: x % 7, range(n)", "n, 7", "'ab' * n, 'b'", "n, n + 1",
        "list(range(n)), list(range(n))"),
    3: ("n, 3, 7", "list(range(n)), 3, 7", "lambda x: x, lambda x: x, range(n)", "3, 7, list(range(n))"),
}  # fmt: skip
GRAPHS = {
    1: ("nx.path_graph(n)", "nx.path_graph(n, create_using=nx.DiGraph)", "nx.star_graph(n)"),
    2: ("nx.path_graph(n), 0", "nx.path_graph(n), [0, 1]", "nx.path_graph(n), nx.path_graph(n)"),
    3: ("nx.path_graph(n), 0, n - 1",),
}
COUNTER = """import sys
{imports}

def steps(n):
    count = 0
    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace
    given = {arguments}
    sys.settrace(trace)
    try:
        result = {name}({starred}given)
        list(result) if hasattr(result, "__next__") else None
    finally:
        sys.settrace(None)
    return count

steps(2)
print(*[steps(n) for n in {sizes}])
"""
# Tries arguments and sizes in turn and prints the first that work, with what was counted.
PROBE = """import sys
{imports}

def steps(n, made):
    count = 0
    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        if count > {most}:
            raise OverflowError
        return trace
    given = made(n)
    sys.settrace(trace)
    try:
        result = {name}(*given)
        list(result) if hasattr(result, "__next__") else None
    finally:
        sys.settrace(None)
    return count

for at, made in enumerate([{makers}]):
    for sizes in {sizes}:
        try:
            steps(2, made)
            counts = [steps(n, made) for n in sizes]
        except Exception:
            continue
        if counts[-1] > counts[0] > 1:
            print(at, len(sizes))
            break
    else:
        continue
    break
"""
SCALE = (
    "How does `{name}` scale? Count the lines it executes for n of {sizes}.",
    "Play the scale game for `{name}` in {path}: n = {sizes}.",
    "I fear that `{name}` gets slow with `{arguments}`. Measure it at {sizes} and tell me.",
    "Will `{name}` ({path}) do for a thousand times the data? Compare {sizes}.",
    "Our inputs for `{name}` grow. What happens at n = {sizes}, say with `{arguments}`?",
    "Before we put `{name}` into the hot path: how much work is it at {sizes}?",
    "Somebody called `{name}` quadratic. True? Try n of {sizes}.",
    "Give `{name}` ten times the input, then ten times that: {sizes}. No seconds, please; count steps.",
    "Today we give `{name}` small things like `{arguments}` with n = {first}. Next year more. See how it "
    "grows: {sizes}.",
    "Does {path} hold up at scale? I mean `{name}` with `{arguments}`, n from {first} to {last}.",
)


def scale_game(context: ExpertContext) -> Example | None:
    """Make a row that counts how the work of a function grows with its input."""
    return scale_row(context, CATEGORY, "scale game", plainly)


def scale_row(context: ExpertContext, category: str, subcategory: str, opening: Opening) -> Example | None:
    context.workspace.reset()
    function = context.functions.draw()
    first, last = body(context.workspace, function)
    if not first or last - first >= bugs.LONGEST:
        return None
    if "rand" in "\n".join([function.name, *context.lines(function)]).lower():
        return None  # another number of lines each time
    found = _measured(context, function)
    if found is None:
        return None
    code, arguments, sizes = found
    given = ", ".join(map(str, sizes[:-1])) + f" and {sizes[-1]}"
    slots = {"name": function.name, "path": function.path, "sizes": given, "arguments": arguments}
    user = ask(context, SCALE, facts(context, function), **slots, first=sizes[0], last=sizes[-1])
    session, say = opening(context, "trial", user, {})
    text = bugs.read_function(
        session, function, say or context.phrases.pick("", "First the code.", "I read it before I guess.")
    )
    say = context.phrases.pick(
        "Now the same at each size.", "I count executed lines, with n as the size.", "", "Larger and larger:"
    )
    words = session.call("run_python", say, code=code).split()
    counts = [int(word) for word in words if word.isdigit()]
    if len(counts) != len(sizes) or len(words) != len(sizes):  # a warning is traced as well, differently each time
        return None
    loops = [line.strip() for line in text.splitlines() if line.strip().startswith(("for ", "while "))]
    loop = loops[-1] if loops and "`" not in loops[-1] else ""
    numbers = ", ".join(map(str, counts[:-1])) + f" and {counts[-1]}"
    verdict = growth(counts)
    session.say(
        context.phrases.pick(
            "At n = {given} the counts are {numbers}. `{name}` {verdict}.{loop}",
            "For {given} the counts are {numbers}: it {verdict}.{loop}",
            "The counts for n = {given} are {numbers}. So `{name}` {verdict}.{loop}",
            "`{name}` {verdict}: {numbers} at sizes {given}.{loop}",
            given=given, numbers=numbers, name=function.name, verdict=verdict,
            loop=f" The work is in `{loop}`." if loop and counts[-1] > 5 * counts[0] else "",
        )
    )  # fmt: skip
    return session.record(category, subcategory, function.group, function.path)


def growth(counts: list[int]) -> str:
    """Say in words how the last of some counts, at sizes ten times apart, compares with the one before."""
    factor = counts[-1] / max(1, counts[-2])
    if factor < 1.3:
        return "hardly grows; what work there is happens below Python's lines or not at all"
    if factor < 5:
        return "grows much more slowly than its input"
    if factor < 15:
        return "grows in step with its input"
    return "grows faster than its input" if factor < 60 else "grows with the square of its input or worse"


def _measured(context: ExpertContext, function: Function) -> tuple[str, str, list[int]] | None:
    """Find arguments that suit the function and return the program that counts lines, them and the sizes."""
    needed = _required(context, function)
    if needed not in ARGUMENTS:
        return None
    module = module_of(function.path)
    imports = f"from {module} import {function.name}"
    choices = list(ARGUMENTS[needed])
    if context.package == "networkx":
        imports, choices = f"import networkx as nx\n{imports}", list(GRAPHS[needed])
    base = context.rng.choice((2, 3, 4, 5, 6, 8))
    sizes = [base, 10 * base, 100 * base, 1000 * base]
    makers = ", ".join(f"lambda n: ({arguments},)" for arguments in choices)
    slots = {"imports": imports, "name": function.name}
    probe = PROBE.format(**slots, makers=makers, sizes=[sizes, sizes[:-1]], most=MOST_STEPS)
    found = (lab_of(context.workspace).prints(probe, [module]) or "").split()
    if len(found) != 2:
        return None
    arguments, sizes = choices[int(found[0])], sizes[: int(found[1])]
    shown = f"({', '.join(map(str, sizes))})"
    code = COUNTER.format(**slots, arguments=f"({arguments})", starred="*" * (needed > 1), sizes=shown)
    return code, arguments, sizes


def _required(context: ExpertContext, function: Function) -> int:
    """Count the positional arguments a module's function needs; 0 where it is a method or needs others."""
    for node in context.workspace.tree(function.path).body:
        if isinstance(node, ast.FunctionDef) and node.name == function.name:
            if any(default is None for default in node.args.kw_defaults):
                return 0
            return len(node.args.posonlyargs) + len(node.args.args) - len(node.args.defaults)
    return 0
