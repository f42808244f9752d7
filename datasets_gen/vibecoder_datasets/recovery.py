"""Tool use that meets an error: a real failure, then a retry that works, from what the error said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vibecoder.types import Example
from vibecoder_datasets.asks import REQUESTS
from vibecoder_datasets.kit import Expert, Kit

__all__ = ["recovery"]

CATEGORY = "tool-use"


def wrong_path(kit: Kit) -> Example | None:
    """A path that does not exist; the error names one that does."""
    file = kit.files.draw()
    parts = file.path.split("/")
    request = kit.rng.choice(("read", "span", "grep_in"))
    forms = ["/".join([*parts[:-2], parts[-1]]), "/".join([parts[0], "core", parts[-1]]), "src/" + file.path]
    letters = list(parts[-1])
    at = kit.rng.randrange(max(1, len(letters) - 4))
    letters[at], letters[at + 1] = letters[at + 1], letters[at]
    forms.append("/".join([*parts[:-1], "".join(letters)]))
    wrong = kit.rng.choice(forms)
    ask = REQUESTS[request](kit, file)
    if ask is None or ask[1]["path"] != file.path or wrong in kit.workspace.files:
        return None
    intent, slots, (tool, arguments) = ask
    offered = kit.rng.choice(("look", "run"))
    session = kit.open(offered, kit.phrases.ask(intent, **{**slots, "path": wrong}))
    result = session.call(tool, **{**arguments, "path": wrong})
    if not result.endswith(f"; similar: {file.path}"):
        return None
    say = kit.phrases.pick(
        "", "", f"There is no {wrong}, but there is {file.path}.", "That path does not exist; I'll try the similar one."
    )
    result = session.call(tool, say, **{**arguments, "path": file.path})
    if "\n..." in result or result.startswith("no "):
        return None
    lead = kit.phrases.pick(
        "`{w}` does not exist; I took `{p}`.",
        "The path is `{p}`, not `{w}`.",
        "I used `{p}`, as there is no `{w}`.",
        w=wrong,
        p=file.path,
    )
    session.say(f"{lead} {kit.about((tool, {**arguments, 'path': file.path}), result)}")
    return session.record(CATEGORY, "error recovery", file.group, file.path)


def wrong_name(kit: Kit) -> Example | None:
    """A misspelt name; the error names the one that exists."""
    function = kit.functions.draw()
    name = function.name
    if len(name) < 7:
        return None
    at = kit.rng.randrange(2, len(name) - 2)
    wrong = kit.rng.choice((name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], name.replace("_", "", 1)))
    if wrong == name:
        return None
    session = kit.open(kit.rng.choice(("navigate", "explore")), kit.phrases.ask("definition", name=wrong))
    result = session.call("definition", name=wrong)
    if not result.endswith(f"; similar: {name}"):
        return None
    say = kit.phrases.pick(
        "", "", f"There is no {wrong}; {name} is close.", "That name is not defined, so I'll try the similar one."
    )
    result = session.call("definition", say, name=name)
    session.say(
        f"There is no `{wrong}`, you probably mean `{name}`. " + kit.about(("definition", {"name": name}), result)
    )
    return session.record(CATEGORY, "error recovery", function.group, function.path)


def bad_pattern(kit: Kit) -> Example | None:
    """A search text that is no valid regular expression, escaped on the second try."""
    function = kit.functions.draw()
    pattern = kit.phrases.pick("{n}(", "def {n}(", n=function.name)
    slots = {"pattern": pattern, "path": function.path}
    session = kit.open(kit.rng.choice(("look", "run")), kit.phrases.ask("grep_in", **slots))
    if not session.call("grep", **slots).startswith("error: bad pattern"):
        return None
    escaped = pattern.replace("(", r"\(")
    say = kit.phrases.pick("", "The bracket has to be escaped.", "`(` is special in a pattern, so I escape it.")
    result = session.call("grep", say, pattern=escaped, path=function.path)
    if "\n..." in result:
        return None
    session.say(kit.about(("grep", {"pattern": escaped}), result))
    return session.record(CATEGORY, "error recovery", function.group, function.path)


def past_the_end(kit: Kit) -> Example | None:
    """A line after the end of the file; the error tells how many there are, so the last ones are read."""
    file = kit.files.draw()
    start = len(file.lines) + kit.rng.randrange(5, 90)
    user = kit.phrases.pick(
        "Read {p} from line {a} on; if it is shorter, show its last line.",
        "Show {p} from line {a}. Should the file end before that, read the last line.",
        "Open {p} at line {a}, or at its last line if there are fewer.",
        p=file.path,
        a=start,
    )
    session = kit.open(kit.rng.choice(("look", "change", "explore")), user)
    error = session.call("read_file", path=file.path, start=start)
    found = re.search(r"has (\d+) lines", error)
    if not found:
        return None
    last = int(found[1])
    result = session.call("read_file", path=file.path, start=last)
    session.say(f"`{file.path}` ends on line {last}: {result.splitlines()[0].strip()}")
    return session.record(CATEGORY, "error recovery", file.group, file.path)


RECOVERIES: dict[str, tuple[tuple[Expert, int], ...]] = {
    "networkx": ((wrong_path, 10), (wrong_name, 11), (bad_pattern, 5), (past_the_end, 5)),
    "sympy": ((wrong_path, 7), (wrong_name, 7), (bad_pattern, 3), (past_the_end, 2)),
}


def recovery(kits: Mapping[str, Kit]) -> Iterator[Example]:
    for name, experts in RECOVERIES.items():
        for expert, count in experts:
            yield from kits[name].rows(expert, count)
