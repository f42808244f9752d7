"""Writes rows that weigh two ways by what was counted: lines and paths of real code, steps of algorithms."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.steps import CONTESTS
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["counted_trade_off", "measured_trade_off"]

SUBCATEGORY = "trade-offs"
BUILD_ON = (
    "Should I build on `{a}` or on `{b}`, both in {path}? Weigh them.",
    "`{a}` or `{b}` from {path}: which is cheaper to extend?",
    "I can copy the shape of `{a}` or of `{b}` ({path}). What are the costs of each?",
    "Compare `{a}` with `{b}` in {path} before I pick one as a model.",
    "Reviewing time is short: `{a}` or `{b}` in {path} first? Argue with numbers.",
    "Which of `{a}` and `{b}` would you hand to a newcomer, and what is lost by it? {path}.",
    "We can afford tests for only one of `{a}` and `{b}` in {path}. Which, and why?",
    "Trade-offs, please: `{a}` against `{b}`, file {path}.",
)  # fmt: skip
WEIGH = ("", "I measure both.", "Numbers for both, then an opinion.", "Side by side, measured the same way.")
VERDICTS = (
    "`{small}` has {few}, `{large}` {many}. The small one is easier to change; the large one covers cases you would "
    "have to add. For a start I'd take `{small}`.",
    "{few} for `{small}` against {many} for `{large}`. Cheap to read or rich in cases, that is the choice. "
    "With new readers in mind: `{small}`.",
    "By the numbers `{large}` costs more ({many}, where `{small}` has {few}). It earns that only if you need its "
    "branches. I would begin with `{small}` and keep the other in sight.",
    "`{large}` has {many}: more can break there, so tests pay most there. `{small}`, with {few}, is the better model "
    "to copy.",
    "Two sides. `{small}`: {few}, quickly understood. `{large}`: {many}, more work but more of it done already. "
    "I lean to `{small}` unless you need what the other handles.",
)
ASKS = (
    "For {what} on {n} items: {one} or {two}? Count the {unit}, please.",
    "Which is better for {what}, {one} or {two}? Take {n} items and give me {unit}.",
    "Help me decide on {what}. {One} against {two}, {n} items, real {unit}.",
    "Weigh {one} against {two} for {what}; {n} items is our size.",
    "Is {two} worth it for {what}, compared with {one}? We have {n} items. {Unit}, not feelings.",
)
CHOICES = (
    "{One} takes {x} {unit}, {two} {y}. I'd take {winner}; {caveat}.",
    "Counted: {x} {unit} for {one}, {y} for {two}. That speaks for {winner}, but {caveat}.",
    "{y} {unit} with {two}, {x} with {one}. So {winner}. Keep in mind that {caveat}.",
    "The count is {x} to {y}, {one} to {two}. {Winner} it is, with one condition: {caveat}.",
)


def measured_trade_off(context: ExpertContext) -> Example | None:
    """Make a row that measures two functions of a file and says what is in favour of each."""
    context.workspace.reset()
    file = context.files.draw()
    functions = [function for function in file.functions if not function.is_class and function.end - function.line > 3]
    if len(functions) < 2:
        return None
    one, two = context.rng.sample(functions, 2)
    session = context.open("craft", ask(context, BUILD_ON, facts(context, one), a=one.name, b=two.name, path=file.path))
    calls = [("measure", {"path": file.path, "name": function.name}) for function in (one, two)]
    results = session.calls(calls, context.phrases.pick(*WEIGH))
    if any(result.startswith("error") for result in results):
        return None
    sizes = [result.splitlines()[1].split(", ") for result in results]
    lines, paths = ([int(size[at].split()[0]) for size in sizes] for at in (0, 1))
    if not (lines[0] < lines[1] and paths[0] <= paths[1]) and not (lines[1] < lines[0] and paths[1] <= paths[0]):
        return None
    small = lines.index(min(lines))
    names = (one.name, two.name)
    shown = [" and ".join(size[:2]) for size in sizes]
    session.say(
        context.phrases.pick(
            *VERDICTS, small=names[small], large=names[1 - small], few=shown[small], many=shown[1 - small]
        )
    )
    return session.record("collaboration", SUBCATEGORY, file.group, file.path)


def counted_trade_off(context: ExpertContext) -> Example | None:
    """Make a row that compares two ways to do one thing by the steps of each, counted by running both."""
    contest = context.rng.choice(CONTESTS)
    size = context.rng.choice(contest.sizes)
    slots = {"what": contest.what, "one": contest.one, "two": contest.two, "unit": contest.unit}
    slots |= {name.capitalize(): text[0].upper() + text[1:] for name, text in slots.items()}
    session = context.open("run", ask(context, ASKS, contest.concerns, n=size, **slots))
    codes = [code.replace("SIZE", str(size)) for code in (contest.first, contest.second)]
    say = context.phrases.pick("", "I count both.", "Two small programs, same data.", "Let me run both and count.")
    x, y = session.calls([("run_python", {"code": code}) for code in codes], say)
    if not x.isdigit() or not y.isdigit() or x == y:
        return None
    winner = contest.one if int(x) < int(y) else contest.two
    caveat = contest.for_two if winner == contest.two else contest.for_one
    text = context.phrases.pick(
        *CHOICES, **slots, x=x, y=y, winner=winner, Winner=winner[0].upper() + winner[1:], caveat=caveat
    )
    session.say(text)
    return session.record("collaboration", SUBCATEGORY, f"choice/{contest.what.replace(' ', '-')}")
