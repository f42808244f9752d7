"""Words how people ask for work on code: a wish, often with a situation, a fact from the code or a manner around it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from vibecoder_datasets.code.index import Function
from vibecoder_datasets.code.tested import Tested, body
from vibecoder_datasets.material.context import ExpertContext

__all__ = ["arguments", "ask", "facts", "reply"]

SITUATIONS = (
    "I inherited this code last week.", "We release on Friday.", "A colleague is on holiday and I cover for her.",
    "This came up in stand-up today.", "The nightly build complained.", "I'm pairing with a junior on this.",
    "Two users wrote in about it.", "I have twenty minutes before my next meeting.", "Our branch is frozen tonight.",
    "I bisected as far as I could.", "My reviewer asked for it.", "It worked when I left yesterday.",
    "I only know the surface of this module.", "It is for the course I teach.", "I'm on call this week.",
    "Somebody merged without running anything.", "We port this to another service soon.", "The author has left.",
    "There was an incident about it in spring.", "I'm back from leave and a bit lost.", "Ticket says urgent.",
    "Support keeps forwarding the same complaint.", "I've stared at it since lunch.", "It's my first task here.",
    "We want to hand this to the customer.", "A student asked me and I had no answer.", "Demo is tomorrow at ten.",
)  # fmt: skip
MANNERS = (
    "Keep the change small.", "Nothing else should move.", "Show me evidence, not opinions.", "Short answers, please.",
    "Tell me what you ran.", "One step at a time.", "No new dependencies.", "Say what you expect first.",
    "Numbers, not adjectives.", "I'd rather wait than guess.", "Explain it as you would to a newcomer.",
    "Quote the line that matters.", "Stop if anything looks odd.", "I'll review the diff myself.", "Be frank.",
    "Say so when you are unsure.", "I care about the reason more than the speed.", "Cite test names.",
    "Skip the small talk.", "Run things before you claim them.", "Finish with one sentence I can paste.",
    "I trust exit codes only.", "Please be thorough.", "I read every line you write.",
)  # fmt: skip
LEADS = (
    "Hi!", "Morning.", "Next one.", "Quick question.", "Help, please.", "New topic.", "Hm.", "Back again.", "One more.",
    "Good evening.", "Hello again.", "Sorry to bother you.", "Something else.", "Small thing.",
)  # fmt: skip
CLOSERS = ("Thanks!", "Thank you.", "Cheers.", "Much appreciated.", "Take your time.", "Over to you.", "Ready?")
PLACES = (
    "The tests are in {0}.", "Test file: {0}.", "See {0}.", "({0})", "Its tests live in {0}.", "Check against {0}.",
    "{0} has the tests.", "Use {0}.",
)  # fmt: skip
HOMES = (
    "The file is {0}.", "It is in {0}.", "({0})", "You find it in {0}.", "Code: {0}.", "Look into {0}.", "I mean {0}.",
)  # fmt: skip
MAX_WORDS = 14


def ask(
    context: ExpertContext, wishes: Sequence[str], about: Sequence[str] = (), must: Sequence[str] = (), **slots: object
) -> str:
    """Write a user's turn: one of `wishes` filled with `slots`, and what else is said around it; `about` are facts.

    Paths in `must` are added where they are not yet named: the assistant cannot know them otherwise.
    """
    rng = context.rng
    wish = rng.choice(wishes).format(**slots)
    before: list[str] = []
    after: list[str] = []
    for path in must:
        if not re.search(rf"{re.escape(path)}(?![\w/])", " ".join([wish, *after])):
            after.append(rng.choice(PLACES if "test" in path else HOMES).format(path))
    if rng.random() < 0.28:
        (before if rng.random() < 0.7 else after).append(rng.choice(SITUATIONS))
    for fact in rng.sample(about, min(len(about), rng.choice((0, 1, 1, 1, 2)))):
        (before if rng.random() < 0.3 else after).append(fact)
    if rng.random() < 0.3:
        after.append(rng.choice(MANNERS))
    if rng.random() < 0.1:
        before.insert(0, rng.choice(LEADS))
    if rng.random() < 0.06:
        after.append(rng.choice(CLOSERS))
    text = " ".join([*before, wish, *after])
    return text[0].upper() + text[1:] if text.split()[0].isalpha() else text


def reply(context: ExpertContext, *forms: str, **slots: object) -> str:
    """Write a user's short later turn."""
    return context.rng.choice(forms).format(**slots)


def facts(context: ExpertContext, material: Tested | Function, secret: str = "") -> list[str]:
    """Write true sentences on a function that a user with its file open could say; none quotes the line `secret`."""
    function = material.function if isinstance(material, Tested) else material
    first, last = body(context.workspace, function)
    lines = context.workspace.text(function.path).splitlines()[first - 1 : last] if first else []
    found = [_formed(context, _SIZE, function.name, len(context.lines(function)))]
    if function.summary and len(function.summary.split()) <= MAX_WORDS and "`" not in function.summary:
        found.append(_formed(context, _SUMMARY, function.name, function.summary.rstrip(".")))
    if given := arguments(context, function):
        found.append(_formed(context, _ARGUMENTS, function.name, " and ".join(f"`{name}`" for name in given[:3])))
    code = [line.strip() for line in lines if 14 <= len(line.strip()) <= 48]
    code = [line for line in code if any(mark in line for mark in "=([") and not set(line) & set("`\"'#{}\\>")]
    code = [line for line in code if line != secret]
    if code:
        found.append(_formed(context, _CODE, function.name, context.rng.choice(code)))
    if others := [other.name for other in _neighbours(context, function)]:
        found.append(_formed(context, _NEIGHBOUR, function.name, context.rng.choice(others)))
    if isinstance(material, Tested):
        found.append(_formed(context, _TEST, function.name, context.rng.choice(material.nodes).split("::")[-1]))
    return found


_SIZE = (
    "`{0}` is {1} lines long.", "All {1} lines of `{0}` are in scope.", "`{0}` has just {1} lines.",
    "With its {1} lines `{0}` fits on a screen.", "{1} lines, that is all of `{0}`.", "I counted {1} lines in `{0}`.",
)  # fmt: skip
_SUMMARY = (
    'The docstring of `{0}` says "{1}".', '`{0}` is documented as "{1}".', "By its docstring `{0}` should: {1}.",
    'What `{0}` promises is "{1}".', 'The docs of `{0}` read "{1}", nothing more.',
    'For context: "{1}" is its docstring.',
    '"{1}", so says `{0}` about itself.', "In the words of the docstring: {1}.",
)  # fmt: skip
_ARGUMENTS = (
    "`{0}` takes {1}.", "We call `{0}` with {1}.", "The inputs of `{0}` are {1}.", "I pass {1} to `{0}`.",
    "Going in: {1}.", "Its parameters, if that helps: {1}.",
)  # fmt: skip
_CODE = (
    "The part with `{1}` puzzles me.", "I understand `{0}` up to `{1}`.", "Is `{1}` even reached?",
    "`{0}` has a line `{1}`, which I can't place.", "Somewhere in it stands `{1}`.", "`{1}` looks innocent to me.",
    "My eyes stopped at `{1}`.", "I'd have written `{1}` differently, but never mind.",
)  # fmt: skip
_NEIGHBOUR = (
    "Its neighbour `{1}` is fine.", "I know `{1}` well, `{0}` less.", "`{1}` in the same file behaves.",
    "It sits in one file with `{1}`.", "Don't confuse `{0}` with `{1}`.", "`{1}` is not what I mean.",
)  # fmt: skip
_TEST = (
    "`{1}` is one of its tests.", "I read `{1}` to see how it is meant.", "`{1}` mentions `{0}`.",
    "The test I know is `{1}`.", "See `{1}` for a use of `{0}`.", "`{1}` calls it.",
)  # fmt: skip


def _formed(context: ExpertContext, forms: Sequence[str], *values: object) -> str:
    return context.rng.choice(forms).format(*values)


def arguments(context: ExpertContext, function: Function) -> list[str]:
    """List the positional arguments of a function by name, without `self`."""
    for node in ast.walk(context.workspace.tree(function.path)):
        if isinstance(node, ast.FunctionDef) and node.lineno == function.line:
            return [argument.arg for argument in node.args.args if argument.arg not in ("self", "cls")]
    return []


def _neighbours(context: ExpertContext, function: Function) -> list[Function]:
    return [
        other
        for other in context.code_index.functions
        if other.path == function.path and other.name != function.name and not other.is_class
    ]
