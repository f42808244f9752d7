"""More calls that fail, then work: edits that fit nowhere or twice, a file taken for a folder, a test, an import."""

from __future__ import annotations

import re

from vibecoder.types import Example
from vibecoder_datasets.experts.tool_use.asks import REQUESTS, defaults
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.openings import begin, file_at, test_of
from vibecoder_datasets.speech.wording import around
from vibecoder_datasets.words.answers import places

__all__ = ["ambiguous_edit", "file_as_folder", "missing_import", "refused_command", "spaced_edit", "wrong_test"]

CATEGORY = "tool-use"
_PLAIN = re.compile(r"\w+(\[\w+\])? = [\w.()\[\], ]+|return [\w.()]+")


def spaced_edit(context: ExpertContext) -> Example | None:
    """Make a row whose user quotes a default with spaces around `=`; reading the line shows it has none."""
    function = context.functions.draw()
    change = defaults(context, function)
    file = file_at(context, function.path)
    if change is None or context.workspace.text(file.path).count(change[0]) != 1:
        return None
    old, new = (text.replace("=", " = ") for text in change)
    user = around(context, context.phrases.ask("edit", path=file.path, old=old, new=new), file)
    user += context.phrases.pick(
        " It's in the signature of `{f}`.", " `{f}` has it, in its first line.", " I mean the default in `{f}`.",
        " That is a default of `{f}`.", f=function.name,
    )  # fmt: skip
    session = begin(context, "repair", user)
    if not session.call("edit_file", path=file.path, old=old, new=new).startswith("error: the old text is not in"):
        return None
    say = context.phrases.pick("", "It may be written otherwise.", "Let me see how `{f}` is written.", f=function.name)
    found = places(session.call("definition", say, name=function.name))
    if len(found) != 1:
        return None
    path, first, last = found[0]
    shown = session.call("read_file", path=path, start=first, end=min(last, first + 4))
    if path != file.path or change[0] not in shown:
        return None
    session.call(
        "edit_file",
        context.phrases.pick("There are no spaces in the file.", "The file says `{o}`.", "", o=change[0]),
        path=file.path,
        old=change[0],
        new=change[1],
    )
    session.say(
        context.phrases.pick(
            "Done. In `{p}` it was written `{o}`, now `{n}`.",
            "`{p}` had `{o}` without spaces; it says `{n}` now.",
            "Changed `{o}` to `{n}` in `{p}`, spaced as the file has it.",
            p=file.path,
            o=change[0],
            n=change[1],
        )
    )
    return session.record(CATEGORY, "error recovery", file.group, file.path)


def ambiguous_edit(context: ExpertContext) -> Example | None:
    """Make a row that edits a text that occurs more than once, and once with the lines around it."""
    function = context.functions.draw()
    file, text = file_at(context, function.path), context.workspace.text(function.path)
    lines = context.lines(function)
    found = [(at, line) for at, line in enumerate(lines[1:16], 1) if 1 < text.count(line.strip()) < 9]
    found = [
        (at, line)
        for at, line in found
        if re.fullmatch(r"\w+(\[\w+\])? = [\w.()\[\], ]+|return [\w.()]+", line.strip())
    ]
    if not found:
        return None
    at, line = context.rng.choice(found)
    old = line.strip()
    new = f"{old}  # {context.rng.choice(('checked', 'see the docs', 'reviewed', 'tested', 'TODO', 'why?', 'ok'))}"
    above = lines[at - 1].strip()
    wide = f"{lines[at - 1]}\n{line}"
    if not above or text.count(wide) != 1 or text.count(old) < 2 or len(above) > 70:
        return None
    user = around(context, context.phrases.ask("edit", path=file.path, old=old, new=new), file, [function.name])
    user += context.phrases.pick(
        " The one in `{f}`, lines {a} to {b}.", " I mean that in `{f}` (lines {a}-{b}).",
        " It is the one within `{f}`, from line {a} to {b}.", " Only in `{f}`, which is lines {a}-{b}.",
        f=function.name, a=function.line, b=function.line + at + 1,
    )  # fmt: skip
    session = begin(context, context.rng.choice(("change", "repair")), user)
    if "occurs" not in session.call("edit_file", path=file.path, old=old, new=new):
        return None
    shown = session.call(
        "read_file",
        context.phrases.pick("It occurs more than once, so I need the lines around it.", "", "More context is needed."),
        path=file.path,
        start=function.line,
        end=function.line + at + 1,
    )
    if wide not in shown:
        return None
    replaced = f"{lines[at - 1]}\n{line.replace(old, new)}"
    if session.call("edit_file", path=file.path, old=wide, new=replaced).startswith("error"):
        return None
    session.say(
        context.phrases.pick(
            "Done, only in `{f}`: `{n}`.",
            "`{n}` stands in `{f}` now; the other places are as they were.",
            "I changed the one in `{f}` and told it apart by the line above it.",
            f=function.name,
            n=new,
        )
    )
    return session.record(CATEGORY, "error recovery", file.group, file.path)


def file_as_folder(context: ExpertContext) -> Example | None:
    """Make a row whose user takes a file for a folder; what is meant is the folder it is in."""
    file = context.files.draw()
    user = context.phrases.pick(
        "List {p}; should that be a file, list the folder it is in.",
        "What is in the folder {p}? If it's no folder, its parent will do.",
        "Show the contents of the directory {p}, or of the one above if it is a file.",
        "Do an ls of {p} and, failing that, of where it lies.",
        "Is {p} a package? List it, else list what is beside it.",
        "Give me a listing of {p}. If that can't be listed, take the folder around it.",
        p=file.path,
    )
    session = begin(context, "look", around(context, user, file))
    if "not a folder" not in session.call("list_files", path=file.path) or file.folder == ".":
        return None
    say = context.phrases.pick("", "It is a file, so the folder around it.", "A file. One level up, then.")
    result = session.call("list_files", say, path=file.folder)
    session.say(
        context.phrases.pick("`{p}` is a file.", "`{p}` is not a folder.", "That is a file, `{p}`.", p=file.path)
        + " "
        + context.about(("list_files", {"path": file.folder}), result)
    )
    return session.record(CATEGORY, "error recovery", file.group, file.path)


def wrong_test(context: ExpertContext) -> Example | None:
    """Make a row with a test that does not exist by its name; the names in the file tell which is meant."""
    file = context.files.draw()
    path = test_of(context, file)
    names = re.findall(r"^def (test_\w+)", context.workspace.text(path), re.MULTILINE) if path else []
    if not names:
        return None
    name = context.rng.choice(names)
    wrong = context.rng.choice((name + "s", name.replace("test_", "test_the_", 1), name[:-1], name.replace("_", "", 1)))
    if wrong in names:
        return None
    user = context.phrases.pick(
        "Run the test {w} in {p}.", "Does {w} in {p} pass?", "Run only {w} of {p}.", "Try {p}, just {w}.",
        "Is {w} from {p} green?", "Check the test {w}; it is in {p}.", w=wrong, p=path,
    )  # fmt: skip
    session = begin(context, "run", around(context, user, file))
    result = session.call("run_tests", path=f"{path}::{wrong}")
    if "exit 4]" not in result:
        return None
    listed = session.call("grep", context.phrases.pick("", "Which tests are there?"), pattern="def test_", path=path)
    near = [each for each in names if f"def {each}(" in listed]
    if name not in near or "\n..." in listed or len([each for each in near if _like(each, wrong)]) != 1:
        return None
    say = context.phrases.pick("", "{n} must be meant.", "The nearest is {n}.", n=name)
    again = {"path": f"{path}::{name}"}
    result = session.call("run_tests", say, **again)
    session.say(f"There is no `{wrong}`; I ran `{name}`. " + context.about(("run_tests", again), result))
    return session.record(CATEGORY, "error recovery", file.group, file.path)


def missing_import(context: ExpertContext) -> Example | None:
    """Make a row with a snippet that lacks its import; the user has said where the function is."""
    file = context.files.draw()
    ask = REQUESTS["python"](context, file)
    if ask is None:
        return None
    given, code = str(ask[2][1]["code"]).split("; ")[0], str(ask[2][1]["code"]).split("; ", 1)[1]
    name = given.split()[-1]
    user = around(context, context.phrases.ask("python", code=code), file, [name])
    user += context.phrases.pick(" `{n}` is in {p}.", " You find `{n}` in {p}.", " {p} has `{n}`.", n=name, p=file.path)
    session = begin(context, context.rng.choice(("run", "trial")), user)
    if f"NameError: name '{name}'" not in session.call("run_python", code=code):
        return None
    say = context.phrases.pick("", "The import is missing.", "{n} has to be imported first.", n=name)
    result = session.call("run_python", say, code=f"{given}; {code}")
    if "[exit" in result:
        return None
    session.say(context.phrases.pick("With its import it prints `{r}`.", "It needed `{g}`; then the output is `{r}`.",
                                 "After importing `{n}`: `{r}`.", n=name, g=given, r=result))  # fmt: skip
    return session.record(CATEGORY, "error recovery", file.group, file.path)


def refused_command(context: ExpertContext) -> Example | None:
    """Make a row with a command that needs a shell; the error says what to write instead."""
    file = context.files.draw()
    asks = [REQUESTS["bash"](context, file), REQUESTS["bash"](context, file)]
    first, second = (ask[2][1]["command"] for ask in asks if ask)
    if first == second or "|" in f"{first}{second}":
        return None
    wrong = f"{first} ; {second}"
    session = begin(context, "shell", around(context, context.phrases.ask("bash", command=wrong), file))
    if "needs a shell" not in session.call("bash", command=wrong):
        return None
    say = context.phrases.pick(
        "", "`;` is not allowed here, `&&` is.", "Then with `&&`.", "Joined by `&&` it should work."
    )
    result = session.call("bash", say, command=f"{first} && {second}")
    if "[exit" in result or result.startswith("error"):
        return None
    lines = result.splitlines()
    session.say(
        context.phrases.pick(
            "With `&&` it works. First line: {a}", "It needed `&&`. The output begins with: {a}",
            "`;` was refused; joined by `&&` it prints first: {a}", a=lines[0].strip(),
        )
    )  # fmt: skip
    return session.record(CATEGORY, "error recovery", file.group, file.path)


def _like(name: str, wrong: str) -> bool:
    """Tell whether two names of tests begin or end alike."""
    bare, other = name.replace("_", ""), wrong.replace("_", "").replace("testthe", "test")
    return bare.startswith(other[:-1]) or other.startswith(bare[:-1])
