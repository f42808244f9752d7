"""Tool use of several calls in one turn: only calls that commute, which every row is checked for when it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

from vibecoder.types import Example
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.sources import is_test
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.experts.tool_use.asks import REQUESTS, Ask
from vibecoder_datasets.material.context import Expert, ExpertContext
from vibecoder_datasets.material.openings import begin, drawn
from vibecoder_datasets.material.session import Call
from vibecoder_datasets.speech.wording import around

__all__ = ["COMMANDS", "EDITS", "PAIRS", "TESTS", "TRIPLES", "commute", "parallel"]

_JOINTS = (
    "{}, and {}.", "{} and {}.", "{}; also {}.", "Please {}, and {}.", "Two things: {}, and {}.",
    "Could you {} and {}?",
    "At once: {}, and {}.", "{}. Also {}.", "I need both: {}, and {}.", "In one go, {} and {}.", "{} as well as {}.",
    "Can you {} while you {}?", "Side by side: {}, {}.", "Do two things for me: {} and {}.", "{}, plus {}.",
    "{}, then independently {}.", "First wish: {}. Second: {}.", "{} / {}",
)  # fmt: skip
_JOINTS_OF_THREE = (
    "{}, {}, and {}.", "{}; {}; {}.", "Three things: {}, {} and {}.", "Please {}, {} and {}.", "At once: {}, {}, {}.",
    "{}. Also {}, and {}.", "Could you {}, {} and {}?", "1) {} 2) {} 3) {}", "{}, {}, plus {}.", "- {}\n- {}\n- {}",
    "In one turn: {}, {} and {}.", "Together, please: {}; {}; {}.",
)  # fmt: skip
PAIRS: dict[str, tuple[tuple[str, ...], ...]] = {
    "look": (
        ("span", "span"), ("read", "list"), ("grep_in", "grep_in"), ("glob", "grep_in"), ("span", "grep_in"),
        ("glob", "list"), ("read", "read"), ("list", "grep"),
    ),
    "explore": (
        ("definition", "definition"), ("functions", "functions"), ("definition", "references"), ("span", "references"),
        ("text", "definition"), ("functions", "span"),
    ),
    "navigate": (
        ("stats", "stats"), ("functions", "classes"), ("definition", "references"), ("references", "references"),
        ("index", "functions"), ("stats", "definition"),
    ),
    "atlas": (("index", "stats"), ("classes", "grep_in"), ("text", "references"), ("functions", "read")),
    "run": (("span", "grep_in"), ("grep", "grep_in"), ("read", "span")),
}  # fmt: skip
TRIPLES: dict[str, tuple[tuple[str, ...], ...]] = {
    "look": (("span", "span", "span"), ("glob", "list", "grep_in"), ("grep_in",) * 3, ("glob",) * 3),
    "navigate": (("stats",) * 3, ("definition",) * 3, ("index",) * 3, ("functions", "classes", "stats")),
    "explore": (("definition",) * 3, ("functions", "definition", "span"), ("text", "definition", "references")),
    "atlas": (("stats", "classes", "functions"), ("definition", "references", "stats"), ("read", "functions", "stats")),
}
EDITS: dict[str, tuple[tuple[str, ...], ...]] = {
    "change": (("edit", "edit"), ("edit", "write"), ("write", "write"), ("edit", "span"), ("write", "read")),
    "repair": (("edit", "definition"), ("edit", "edit"), ("write", "definition"), ("write", "edit", "span")),
}
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {"shell": (("bash", "bash"), ("bash", "read"), ("bash", "write"))}
TESTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "run": (("test", "span"), ("test", "grep_in"), ("python", "span"), ("python", "test")),
    "change": (("test", "span"), ("test", "read")),
    "trial": (("test", "definition"), ("python", "references"), ("python", "python"), ("test", "references")),
}
_READING = frozenset(
    ("read_file", "grep", "glob", "list_files", "index", "definition", "references", "functions", "classes", "stats")
)


def commute(
    workspace: Workspace, calls: Sequence[Call], results: Sequence[str], setup: Mapping[str, str] | None = None
) -> bool:
    """Tell whether calls give the same results and leave the same files in every order as in the given one.

    The workspace has to be as the calls have left it. Calls that only read are tried in one more order, as nothing else
    is known of them beforehand.
    """

    def outcome(found: Mapping[int, str]) -> tuple[Mapping[int, str], dict[str, str]]:
        return found, {path: workspace.text(path) for path in workspace.files}

    orders = list(permutations(range(len(calls))))[1:]
    if all(name in _READING for name, _ in calls):
        orders = orders[-1:]
    expected = outcome(dict(enumerate(results)))
    for order in orders:
        workspace.reset()
        for path, text in (setup or {}).items():
            workspace.write(path, text)
        if outcome({at: run_tool(workspace, *calls[at]) for at in order}) != expected:
            return False
    return True


def parallel(kinds: dict[str, tuple[tuple[str, ...], ...]], name: str) -> Expert:
    """Make an expert that answers several requests, which do not depend on each other, in one turn."""

    def expert(context: ExpertContext) -> Example | None:
        offered = context.rng.choice(list(kinds))
        wanted = context.rng.choice(kinds[offered])
        file = drawn(context, *wanted)
        near = [file for file in context.code_index.bundle(file.group) if file.functions and not is_test(file.path)]
        asks: list[Ask] = []
        for at, request in enumerate(wanted):
            ask = REQUESTS[request](context, file if at == 0 else context.rng.choice(near))
            if ask is None or ask[2] in [call for _, _, call in asks]:
                return None
            asks.append(ask)
        calls = [call for _, _, call in asks]
        session = begin(context, offered, around(context, _request(context, asks), file))
        results = session.calls(calls)
        if any(result.startswith(("error: ", "no ")) or "[exit " in result for result in results):
            return None
        if not commute(context.workspace, calls, results):
            return None
        session.say(" ".join(context.about(call, result) for call, result in zip(calls, results, strict=True)))
        return session.record("tool-use", "parallel", file.group, file.path)

    expert.__name__ = name
    return expert


def _request(context: ExpertContext, asks: Sequence[Ask]) -> str:
    """Join the requests into one sentence; several of one kind may be one request about several things."""
    intents, slots = {intent for intent, _, _ in asks}, [slots for _, slots, _ in asks]
    if len(intents) == 1 and all(len(each) == 1 for each in slots) and context.rng.random() < 0.5:
        (key,) = slots[0]
        ticks = "`" if key in ("pattern", "name") else ""
        several = f"{ticks} {context.rng.choice(('and', 'as well as', 'plus'))} {ticks}".join(
            str(each[key]) for each in slots
        )
        form = context.phrases.clause(intents.pop(), **{key: several})
        return form[0].upper() + form[1:] + context.rng.choice((".", ", each.", ", all of them.", ", please.", ""))
    clauses = [context.phrases.clause(intent, **each) for intent, each, _ in asks]
    joint = context.rng.choice(_JOINTS if len(asks) == 2 else _JOINTS_OF_THREE)
    text = joint.format(*clauses)
    return text if text.startswith("`") else text[0].upper() + text[1:]
