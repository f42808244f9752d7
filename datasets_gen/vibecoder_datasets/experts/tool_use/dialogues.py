"""Tool use over several turns, where what one call found is needed for the next."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from vibecoder.types import Example
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.openings import begin, file_at, test_of
from vibecoder_datasets.speech.wording import around
from vibecoder_datasets.words.answers import about, places

__all__ = [
    "definition_then_read",
    "edit_then_test",
    "functions_then_references",
    "glob_then_read",
    "grep_then_read",
    "list_then_read",
    "references_then_read",
]

CATEGORY = "tool-use"


def grep_then_read(context: ExpertContext) -> Example | None:
    function = context.functions.draw()
    folder = str(PurePosixPath(function.path).parent)
    user = context.phrases.pick(
        "Search {folder} for `def {name}`, then show me the code from that line on.",
        "Grep `def {name}` in {folder} and read the file from there.",
        "Find `def {name}` under {folder} and open it at that line.",
        "Look for `def {name}` in {folder}; I want to read what follows.",
        "Where in {folder} is `def {name}`? Show me the lines from there.",
        "Search for `def {name}` in {folder}, then open the place you found.",
        "Find `def {name}` by a text search of {folder} and read on from the hit.",
        "`def {name}` is somewhere below {folder}. Print the file from that line.",
        "Scan {folder} for `def {name}`. Whatever line it is on, start reading there.",
        name=function.name,
        folder=folder,
    )
    session = begin(
        context, context.rng.choice(("look", "run")), around(context, user, file_at(context, function.path))
    )
    found = places(session.call("grep", pattern=f"def {function.name}", path=folder))
    if len(found) != 1:
        return None
    path, line, _ = found[0]
    text = session.call("read_file", path=path, start=line)
    summary = function.summary
    what = f" It says: {summary}" if summary and "`" not in summary and summary in text else ""
    session.say(
        context.phrases.pick(
            "`{n}` begins on line {l} of `{p}`.",
            "Here is `{n}`, from line {l} of `{p}`.",
            "Line {l} of `{p}` is where `{n}` starts.",
            "I found `{n}` in `{p}`, line {l}.",
            n=function.name,
            l=line,
            p=path,
        )
        + what
    )
    return session.record(CATEGORY, "multi-turn", function.group, function.path)


def definition_then_read(context: ExpertContext) -> Example | None:
    function = context.functions.draw()
    if function.end - function.line > 22:
        return None
    user = context.phrases.pick(
        "Find the definition of `{name}` and read it.",
        "Where is {name} defined? Show me its whole code.",
        "Look up the definition of {name}, then read those lines.",
        "I want to read the code of `{name}`. Find its definition first.",
        "Go to the definition of {name} and print it.",
        "Show me how `{name}` is written: find the definition, then read it.",
        "Locate the definition of {name} and open exactly those lines.",
        "What does the body of `{name}` look like? I don't know its file.",
        "Fetch me the source of {name}, all of it.",
        "Get the lines that make up `{name}`, wherever they are.",
        name=function.name,
    )
    file = file_at(context, function.path)
    session = begin(
        context,
        context.rng.choice(("explore", "atlas", "repair", "trial")),
        around(context, user, file, [function.name]),
    )
    found = places(session.call("definition", name=function.name))
    if len(found) != 1:
        return None
    path, first, last = found[0]
    text = session.call("read_file", path=path, start=first, end=last)
    session.say(about("read_file", {"path": path}, text, context.rng.choice((1, 2, 3))))
    return session.record(CATEGORY, "multi-turn", function.group, function.path)


def glob_then_read(context: ExpertContext) -> Example | None:
    file = context.files.draw()
    name = PurePosixPath(file.path).name
    user = context.phrases.pick(
        "Find the file that matches `**/{name}` and open it.",
        "I don't know the folder, but there is a file like `**/{name}`. Read it.",
        "Expand `**/{name}` and show me the file.",
        "Which file matches `**/{name}`? Open it too.",
        "Look up `**/{name}` among the paths, then read what you find.",
        "Read the file that the pattern `**/{name}` finds.",
        "`**/{name}` should give one path. Show how that file starts.",
        "Get the path for `**/{name}` and print its beginning.",
        name=name,
    )
    session = begin(context, "look", around(context, user, file))
    found = session.call("glob", pattern=f"**/{name}").splitlines()
    if len(found) != 2:
        return None
    text = session.call("read_file", path=found[0])
    session.say(about("read_file", {"path": found[0]}, text, context.rng.randrange(12)))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def list_then_read(context: ExpertContext) -> Example | None:
    """Make a row that reads a file known by its place in a folder."""
    file = context.files.draw()
    which = context.rng.choice(("first", "last"))
    user = context.phrases.pick(
        "List {folder} and open the {which} file in it.",
        "What is in {folder}? Read the {which} file there as well.",
        "Go through {folder}: I want to see the {which} file of the listing.",
        "Show me the {which} file in the folder {folder}; list it to find out which that is.",
        "Open whatever file comes {which} in {folder}.",
        "Look into {folder} and read its {which} file.",
        folder=file.folder,
        which=which,
    )
    session = begin(context, "look", around(context, user, file))
    listing = session.call("list_files", path=file.folder).splitlines()
    names = [line for line in listing if not line.endswith("/") and not line.startswith("[")]
    if not names or "..." in names:
        return None
    path = f"{file.folder}/{names[0 if which == 'first' else -1]}" if file.folder != "." else names[0]
    if path not in context.code_index.group or context.code_index.group[path] != file.group:
        return None
    text = session.call("read_file", path=path)
    session.say(about("read_file", {"path": path}, text, context.rng.randrange(12)))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def functions_then_references(context: ExpertContext) -> Example | None:
    file = context.files.draw()
    which = context.rng.choice(("first", "last"))
    user = context.phrases.pick(
        "List the functions in {path}, then find who uses the {which} one.",
        "Which functions does {path} have? Look up the references to the {which}.",
        "Show me the functions of {path} and where the {which} one is used.",
        "Go through the functions of {path}; I need the uses of the {which} one.",
        "What functions are in {path}, and who calls the {which} of them?",
        "Is the {which} function of {path} used anywhere? I don't know its name.",
        "Outline {path} and tell me the callers of its {which} function.",
        path=file.path,
        which=which,
    )
    session = begin(context, context.rng.choice(("explore", "navigate", "atlas")), around(context, user, file))
    result = session.call("functions", path=file.path)
    names = re.findall(r"^\d+: def (\w+)", result, re.MULTILINE)
    if not 2 <= len(names) <= 8 or "\n..." in result:
        return None
    name = names[0] if which == "first" else names[-1]
    result = session.call("references", name=name)
    if len(places(result)) > 6 or name not in context.code_index.by_name:
        return None
    session.say(about("references", {"name": name}, result, context.rng.randrange(12)))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def references_then_read(context: ExpertContext) -> Example | None:
    """Make a row that finds a use of a function and reads the lines around it."""
    function = context.functions.draw()
    user = context.phrases.pick(
        "Find a use of `{name}` and show me the code around it.",
        "How is {name} called in practice? Open the first place that uses it.",
        "Look up who uses `{name}`, then read the first hit with some context.",
        "I need an example of a call to {name}; open one from the code.",
        "Show me the lines near the first reference to `{name}`.",
        "Where is {name} used first, and what does the code there look like?",
        name=function.name,
    )
    file = file_at(context, function.path)
    session = begin(
        context, context.rng.choice(("explore", "atlas", "trial")), around(context, user, file, [function.name])
    )
    result = session.call("references", name=function.name)
    found = [place for place in places(result) if context.code_index.group.get(place[0]) == function.group]
    if not 1 <= len(places(result)) <= 6 or found[:1] != places(result)[:1]:
        return None
    path, line, _ = found[0]
    text = session.call("read_file", path=path, start=max(1, line - 4), end=line + 4)
    shown = next(each.strip() for each in text.splitlines() if function.name in each)
    session.say(
        context.phrases.pick(
            "`{p}:{l}` uses it: {s}", "The first use is on line {l} of `{p}`: {s}", "See line {l} of `{p}`, {s}",
            p=path, l=line, s=shown,
        )
    )  # fmt: skip
    return session.record(CATEGORY, "multi-turn", function.group, function.path)


def edit_then_test(context: ExpertContext) -> Example | None:
    """Make a row that rewords a docstring and then runs the tests: not at once, as they read the edit."""
    file = context.files.draw()
    test = test_of(context, file)
    function = context.rng.choice(file.functions)
    old = function.summary.rstrip(".")
    lead = {"The": "Return the", "Whether": "Tell whether", "How": "Return how", "What": "Return what"}
    lead |= {"Return": "Give back", "Returns": "Gives back", "Compute": "Work out", "Apply": "Use", "Find": "Look for"}
    first, _, rest = old.partition(" ")
    text = context.workspace.text(file.path)
    if test is None or first not in lead or text.count(old) != 1 or set('`"\\') & set(old) or len(old) > 70:
        return None
    new = f"{lead[first]} {rest}"
    user = context.phrases.pick(
        "In {path}, replace `{old}` with `{new}`, then run {test}.",
        "Change `{old}` to `{new}` in {path} and run {test} afterwards.",
        "Edit {path}: `{old}` becomes `{new}`. Then check {test}.",
        "Make it `{new}` instead of `{old}` in {path}, then run the tests in {test}.",
        "`{old}` in {path} should read `{new}`. Prove with {test} that nothing broke.",
        path=file.path,
        old=old,
        new=new,
        test=test,
    )
    session = begin(context, context.rng.choice(("change", "repair")), around(context, user, file))
    session.call("edit_file", path=file.path, old=old, new=new)
    result = session.call("run_tests", path=test)
    if "exit 0]" not in result:
        return None
    session.say(f"`{file.path}` is changed. " + about("run_tests", {"path": test}, result, context.rng.randrange(3)))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)
