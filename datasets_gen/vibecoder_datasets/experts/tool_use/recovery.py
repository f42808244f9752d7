"""Tool use that meets an error: a real failure, then a retry that works, from what the error said."""

from __future__ import annotations

import re

from vibecoder.types import Example
from vibecoder_datasets.experts.tool_use.asks import REQUESTS
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.openings import begin, file_at
from vibecoder_datasets.speech.wording import around

__all__ = ["bad_pattern", "past_the_end", "wrong_name", "wrong_path"]

CATEGORY = "tool-use"


def wrong_path(context: ExpertContext) -> Example | None:
    """Make a row with a path that does not exist; the error names one that does."""
    file = context.files.draw()
    parts = file.path.split("/")
    request, offered = context.rng.choice(
        (
            ("read", ("look", "run", "change", "explore", "repair", "atlas")),
            ("span", ("look", "run", "change", "explore", "trial")),
            ("grep_in", ("look", "run")),
            ("functions", ("navigate", "explore", "atlas")),
            ("stats", ("navigate", "atlas")),
            ("edit", ("change", "repair")),
        )
    )
    forms = ["/".join([*parts[:-2], parts[-1]]), "/".join([parts[0], "core", parts[-1]]), "src/" + file.path]
    letters = list(parts[-1])
    at = context.rng.randrange(max(1, len(letters) - 4))
    letters[at], letters[at + 1] = letters[at + 1], letters[at]
    forms.append("/".join([*parts[:-1], "".join(letters)]))
    wrong = context.rng.choice(forms)
    ask = REQUESTS[request](context, file)
    if ask is None or ask[1]["path"] != file.path or wrong in context.workspace.files:
        return None
    intent, slots, (tool, arguments) = ask
    user = around(context, context.phrases.ask(intent, **{**slots, "path": wrong}), file)
    session = begin(context, context.rng.choice(offered), user)
    result = session.call(tool, **{**arguments, "path": wrong})
    if not result.endswith(f"; similar: {file.path}"):
        return None
    say = context.phrases.pick(
        "",
        "",
        f"There is no {wrong}, but there is {file.path}.",
        "That path does not exist; I'll try the similar one.",
        "The error names another path, so I take that.",
        f"It seems to be {file.path}.",
    )
    result = session.call(tool, say, **{**arguments, "path": file.path})
    if "\n..." in result or result.startswith("no "):
        return None
    lead = context.phrases.pick(
        "`{w}` does not exist; I took `{p}`.",
        "The path is `{p}`, not `{w}`.",
        "I used `{p}`, as there is no `{w}`.",
        w=wrong,
        p=file.path,
    )
    session.say(f"{lead} {context.about((tool, {**arguments, 'path': file.path}), result)}")
    return session.record(CATEGORY, "error recovery", file.group, file.path)


def wrong_name(context: ExpertContext) -> Example | None:
    """Make a row with a misspelt name; the error names the one that exists."""
    function = context.functions.draw()
    name = function.name
    if len(name) < 7:
        return None
    at = context.rng.randrange(2, len(name) - 2)
    wrong = context.rng.choice((name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], name.replace("_", "", 1)))
    if wrong == name:
        return None
    file = file_at(context, function.path)
    offered = context.rng.choice(("navigate", "explore", "atlas", "repair", "trial"))
    session = begin(context, offered, around(context, context.phrases.ask("definition", name=wrong), file, [name]))
    result = session.call("definition", name=wrong)
    if not result.endswith(f"; similar: {name}"):
        return None
    say = context.phrases.pick(
        "",
        "",
        f"There is no {wrong}; {name} is close.",
        "That name is not defined, so I'll try the similar one.",
        f"Probably {name} is meant.",
        "A slip in the spelling, it seems.",
    )
    result = session.call("definition", say, name=name)
    if result.startswith("error"):
        return None
    lead = context.phrases.pick(
        "There is no `{w}`, you probably mean `{n}`.",
        "`{w}` is not defined, `{n}` is.",
        "I looked up `{n}`, as nothing is called `{w}`.",
        "Nothing is called `{w}`; the nearest name is `{n}`.",
        w=wrong,
        n=name,
    )
    session.say(f"{lead} {context.about(('definition', {'name': name}), result)}")
    return session.record(CATEGORY, "error recovery", function.group, function.path)


def bad_pattern(context: ExpertContext) -> Example | None:
    """Make a row with a search text that is no valid regular expression, escaped on the second try."""
    function = context.functions.draw()
    pattern = context.phrases.pick("{n}(", "def {n}(", " {n}(", "= {n}(", "({n}", n=function.name)
    slots = {"pattern": pattern, "path": function.path}
    file = file_at(context, function.path)
    session = begin(
        context,
        context.rng.choice(("look", "run", "explore", "atlas")),
        around(context, context.phrases.ask("grep_in", **slots), file),
    )
    if not session.call("grep", **slots).startswith("error: bad pattern"):
        return None
    escaped = pattern.replace("(", r"\(")
    say = context.phrases.pick(
        "", "The bracket has to be escaped.", "A `(` is special in a pattern, so I escape it.", "Escaped, then."
    )
    result = session.call("grep", say, pattern=escaped, path=function.path)
    if "\n..." in result or result.startswith("no "):
        return None
    session.say(context.about(("grep", {"pattern": escaped}), result))
    return session.record(CATEGORY, "error recovery", function.group, function.path)


def past_the_end(context: ExpertContext) -> Example | None:
    """Make a row that asks for a line after the end of a file; the last lines are read by what the error says."""
    file = context.files.draw()
    start = len(file.lines) + context.rng.randrange(5, 90)
    user = context.phrases.pick(
        "Read {p} from line {a} on; if it is shorter, show its last line.",
        "Show {p} from line {a}. Should the file end before that, read the last line.",
        "Open {p} at line {a}, or at its last line if there are fewer.",
        "What is on line {a} of {p}? If it ends earlier: what does its last line say?",
        "Go to line {a} in {p}; where that is past the end, show me how the file ends.",
        "The traceback says line {a} of {p}. If there is no such line, read its last one.",
        "Line {a} of {p}, please, or whatever its last line is.",
        p=file.path,
        a=start,
    )
    session = begin(
        context, context.rng.choice(("look", "change", "explore", "run", "trial")), around(context, user, file)
    )
    error = session.call("read_file", path=file.path, start=start)
    found = re.search(r"has (\d+) lines", error)
    if not found:
        return None
    last = int(found[1])
    result = session.call("read_file", path=file.path, start=last)
    text = result.splitlines()[0].strip()
    if not text:
        return None
    session.say(
        context.phrases.pick(
            "`{p}` ends on line {l}: {t}", "The last line of `{p}` is {l}: {t}",
            "There are {l} lines; the last says: {t}", p=file.path, l=last, t=text,
        )
    )  # fmt: skip
    return session.record(CATEGORY, "error recovery", file.group, file.path)
