"""Words how rules, corrections, workflows and the assistant's name are asked for, in several ways each."""

from __future__ import annotations

import re

__all__ = ["ASKED", "opposite"]

ASKED: dict[str, tuple[str, ...]] = {
    "rule": (
        "What are our rules on {0}?", "Remind me: {0}. What applies here?", "What do I have to keep to on {0}?",
        "How do we handle {0} in this project?", "List what counts for {0}.",
    ),
    "keep": (
        "Can we leave this out for once: {0}?", "I am in a hurry. Is it fine to skip this: {0}?",
        "Nobody will notice if we don't: {0}. Agreed?", "Let us ignore this today: {0}.",
    ),
    "break": (
        "Just this once, {0}.", "It would be quicker to {0}. Do it.", "Please {0}.", "I want you to {0}, quickly.",
    ),
    "check": (
        "Does this keep to our rules?\n\n{0}", "Check this before I commit.\n\n{0}", "Is this all right?\n\n{0}",
    ),
    "correction": (
        "Review this: {0}", "I did this: {0}. Is that how we do it?", "{0}: is there something wrong with it?",
    ),
    "lesson": (
        "What did we learn about {0}?", "Which mistake do we not make again on {0}?", "{0}: what is the lesson?",
    ),
    "workflow": (
        "How do I execute the `{0}` workflow?", "Walk me through `{0}`.", "What are the steps of `{0}`?",
        "Run the `{0}` flow: what do you do, in order?",
    ),
    "step": (
        "In `{0}`, I am done with this: {1}. What is next?", "`{0}`: what follows after \u201c{1}\u201d?",
        "I finished \u201c{1}\u201d of `{0}`. And now?",
    ),
    "format": (
        "Show me {0} in our format.", "What does {0} look like here?", "Give me an example for {0}.",
    ),
    "identity": (
        "Who are you?", "What is your name?", "Introduce yourself.", "What are you?", "With whom am I talking?",
    ),
}  # fmt: skip
"""By kind of row: questions, with a place for what they ask about."""

_FORBIDS = re.compile(
    r"^(?:you\s+(?:must|should|may)\s+)?(?:never|do\s+not|don['’]t|must\s+not|avoid)\s+(.+?)[.!]*$", re.I
)
_DEMANDS = re.compile(r"^(?:you\s+)?(?:always|must|shall|make\s+sure\s+to|ensure\s+(?:that\s+)?)\s+(.+?)[.!]*$", re.I)


def opposite(rule: str) -> tuple[str, str] | None:
    """Return what a rule forbids or demands: `("break", what it forbids)` or `("keep", what it demands)`."""
    first = re.split(r"(?<=[.!])\s", rule, maxsplit=1)[0]
    for kind, pattern in (("break", _FORBIDS), ("keep", _DEMANDS)):
        match = pattern.match(first)
        if match and len(match[1].split()) > 1 and not (kind == "break" and first.lower().startswith("avoid")):
            return kind, match[1]
    return None
