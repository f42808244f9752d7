"""Lists the skills that superpowers rows name and follow: each in one line, and the steps a skill file holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.session import SYSTEM, Session

__all__ = ["SKILLED", "SKILLS", "Opening", "plainly", "skill_file", "with_skill"]

# Begins a session with a tool set, the user's turn and a setup; what is left to be said with the first call.
Opening = Callable[[ExpertContext, str, str, Mapping[str, str]], tuple[Session, str]]

# name: (the rule in one line, the steps)
SKILLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "brainstorming": (
        "understand first, offer a few ways, let the user choose before any code",
        ("Read the code the idea is about.", "Ask or find out who uses it.", "Offer two or three ways with their cost.",
         "Let the user choose.", "Write the choice down as a short design."),
    ),
    "writing-plans": (
        "small steps, each with its file and its check",
        ("Look at the code and its tests.", "Run the tests, so that the start is known.",
         "List steps of a few minutes, test first.", "Name the file and the check of every step.",
         "Change nothing yet."),
    ),
    "executing-plans": (
        "follow the written plan step by step and report after each part",
        ("Read the plan.", "Do its steps in order.", "Run the check of a step before the next one.",
         "Stop and say so where a check fails.", "Report what was done and what was seen."),
    ),
    "delegating-tasks": (
        "one brief per task, one task at a time, a review after each",
        ("Split the work into tasks that do not touch each other.", "Write a brief: goal, file, check.",
         "Carry out one brief with nothing else in mind.", "Review it by its check.", "Only then take the next."),
    ),
    "requesting-review": (
        "look for what is wrong before somebody else has to",
        ("Read the change and the tests for it.", "Run the tests.", "Name each finding with its line and its reason.",
         "Say how bad it is.", "Propose the smallest repair."),
    ),
    "receiving-review": (
        "check a remark against the code before agreeing or refusing",
        ("Read the remark twice.", "Try what it proposes.", "Run the tests on it.",
         "Keep what holds, take back what does not.", "Answer with evidence, not with thanks."),
    ),
    "systematic-debugging": (
        "red: reproduce; yellow: isolate; green: repair and verify",
        ("RED: run the failing test and read all of its output.", "YELLOW: find the code it exercises and read it.",
         "Say in one sentence what is wrong and why.", "GREEN: change that and nothing else.",
         "Run all tests of the file."),
    ),
    "root-cause-tracing": (
        "follow a symptom back, call by call, to the line that causes it",
        ("See the symptom.", "Read the function that shows it.", "Ask which of the functions it calls could be wrong.",
         "Read that one, and go on until nothing is left to ask.", "Repair the cause, never the symptom."),
    ),
    "verification-before-completion": (
        "no claim without a run",
        ("Find the command that would prove the claim.", "Run it now, in full.", "Read the exit code and the counts.",
         "Say what was seen; if it is red, say that."),
    ),
    "test-driven-development": (
        "red, green, refactor",
        ("RED: write one test and see it fail for the right reason.", "GREEN: write the least code that passes.",
         "Run the test again.", "REFACTOR: make it simpler while it stays green."),
    ),
    "testing-anti-patterns": (
        "a test that cannot fail is no test",
        ("Ask what bug the test would catch.", "Put such a bug in and run the test.",
         "If it stays green, assert a value that matters.", "See it fail on the bug, then take the bug out."),
    ),
    "condition-based-waiting": (
        "wait for what must happen, not for a time",
        ("Find the sleep.", "Name the condition it stands for.", "Poll the condition with a deadline.",
         "Run the test again."),
    ),
    "when-stuck": (
        "say what was tried, step back, take another way",
        ("Say what was tried and what it gave.", "Take it back.", "Choose another way: read, shrink, invert, ask.",
         "Try that one, and only that."),
    ),
    "scale-game": (
        "try the same at ten, a hundred and a thousand",
        ("Choose a size and a number to count.", "Multiply the size by ten, twice or more.",
         "Compare the numbers, not the feeling.", "Say how it grows and what that means."),
    ),
    "inversion": (
        "assume the opposite and see what breaks",
        ("Name what everybody takes for granted.", "Turn it round in the code.", "Run the tests.",
         "What breaks shows what the assumption carries.", "Put it back."),
    ),
    "collision-zone": (
        "hold two unrelated ideas together and see what comes of it",
        ("Take two things that have nothing to do with each other.", "Ask: what if one were the other?",
         "Try it for real.", "Say what it shows and where it breaks."),
    ),
    "simplification-cascades": (
        "one insight that makes several pieces unnecessary",
        ("List what looks like special cases.", "Find the one rule behind them.", "Replace them by it.",
         "Run the tests and count what is gone."),
    ),
    "preserving-tensions": (
        "where two ways both have users, keep both and say when to use which",
        ("Find the two ways.", "Find out who uses each.", "Ask what would be lost without either.",
         "Keep both if both are needed, and write down the choice."),
    ),
    "tracing-lineages": (
        "before changing old code, find out why it is so and who relies on it",
        ("Find the definition.", "Find everybody who uses it.", "Look in the tests for what was promised.",
         "Only then judge whether it can change."),
    ),
}  # fmt: skip
SKILLED = (
    f"{SYSTEM} Skills are in skills/NAME.md; say which one you use, then follow its steps. Skills: {', '.join(SKILLS)}."
)
READ = 0.6
"""How often the skill's file is read; else its rule is known and said."""


def skill_file(skill: str) -> str:
    """Write the text of `skills/NAME.md`."""
    rule, steps = SKILLS[skill]
    return "\n".join([f"# {skill}", f"{rule[0].upper()}{rule[1:]}.", *(f"- {step}" for step in steps)]) + "\n"


def plainly(context: ExpertContext, tools: str, user: str, setup: Mapping[str, str]) -> tuple[Session, str]:
    """Open a session without a skill."""
    return context.open(tools, user, dict(setup)), ""


def with_skill(skill: str, reads: float = READ) -> Opening:
    """Return an opening of sessions that announce a skill, read from its file or still to be announced.

    `reads` is how often it is read.
    """
    return partial(_announced, skill, reads)


KNOWN = (
    "I'm using the skill {skill}: {rule}.", "Let me use the {skill} skill: {rule}.", "Skill: {skill} ({rule}).",
    "This is a case for {skill}: {rule}.", "I follow {skill} here: {rule}.", "{skill} is the skill for this: {rule}.",
)  # fmt: skip
OPENINGS = (
    "I'm using the skill {skill} and read it first.", "This calls for {skill}; let me read the skill.",
    "Skill: {skill}. I open it.", "Let me use the {skill} skill.", "I'll follow {skill}, so I read its steps.",
    "{skill} fits here. Its steps:",
)  # fmt: skip


def _announced(
    skill: str, reads: float, context: ExpertContext, tools: str, user: str, setup: Mapping[str, str]
) -> tuple[Session, str]:
    known = context.phrases.pick(*KNOWN, skill=skill, rule=SKILLS[skill][0])
    opening = context.phrases.pick(*OPENINGS, skill=skill)
    if context.rng.random() < reads:
        session = context.open(tools, user, {**setup, f"skills/{skill}.md": skill_file(skill)})
        session.call("read_file", opening, path=f"skills/{skill}.md")
        known = ""
    else:
        session = context.open(tools, user, dict(setup))
    session.messages[0] = {"role": "system", "content": SKILLED}
    return session, known
