"""Agentic rows in which a function is developed from a test: RED, GREEN, and REFACTOR where there is something to."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.material import bugs, features
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["NEEDED", "tdd"]

CATEGORY = "agentic"
NEEDED = (
    "`{name}` in {path} is only a stub. Write it test first: {test} with {checks}.",
    "Please implement `{name}` ({path}) by TDD. It should: {summary}. Begin with {test}, which checks {checks}.",
    "{path} raises NotImplementedError in `{name}`. Test first, please: {checks} in {test}.",
    "Drive `{name}` by a test. {test}: {checks}. Then the code in {path}.",
    "I left `{name}` unwritten in {path}. Red, green, refactor, with {test} and {checks}.",
    'Fill in `{name}`, docstring "{summary}". First a failing {test} that has {checks}.',
    "We need `{name}` to work: {checks}. Put that into {test}, see it fail, then write it in {path}.",
    "Somebody has to write `{name}` ({path}); do it test-driven, {test} first with {checks}.",
    "Implement `{name}`: {summary}. I want to see {test} red before any code; it holds {checks}.",
    "The body of `{name}` is missing in {path}. Develop it from {checks}, test file {test}.",
    "Make {checks} true, the proper way: new {test}, red, then `{name}` in {path}.",
)
RED = (
    "RED: the test comes first.",
    "The test first.",
    "I start with the test.",
    "First a test that must fail.",
    "RED.",
    "Test before code:",
)
GREEN = (
    "Red for the right reason: NotImplementedError. GREEN: the code.", "Red. Now `{name}` itself.",
    "It fails because `{name}` is a stub. GREEN:", "As expected, it is not implemented. I write it.",
    "That is the failure I wanted. Next, `{name}`.",
)  # fmt: skip
REFACTOR = (
    "Green. REFACTOR: {insight}.", "It passes; now simpler: {insight}.", "REFACTOR, since {insight}.",
    "Green, so I may tidy up: {insight}.", "Works. A shorter form does too: {insight}.",
)  # fmt: skip
DONE = (
    "`{name}` is in `{path}`, and {test} went from red to green: {green}.{tidy}",
    "Red, then green: {green}. `{name}` now lives in `{path}`.{tidy}",
    "Done, test first. `{path}` has `{name}`; {green}.{tidy}",
    "The cycle is complete: {red}, then {green}.{tidy}",
    "`{name}` is written. {test} was red ({red}) and is green.{tidy} Last run: {green}.",
)


def tdd(context: ExpertContext) -> Example | None:
    """Make a row with a complete cycle of test-driven development on a function whose body is missing."""
    feature = features.draw(context)
    if feature is None:
        return None
    about = [fact for fact in facts(context, feature.tested.function) if "line" not in fact and "`=" not in fact]
    about = [fact for fact in about if "docstring" in fact or "takes" in fact or "neighbour" in fact]
    session = context.open(
        "repair", ask(context, NEEDED, about, must=[feature.tested.test], **feature.slots), feature.setup
    )
    insight = feature.simpler.insight if feature.simpler else ""
    words = [
        context.phrases.pick(*RED),
        context.phrases.pick(*GREEN, name=feature.tested.name),
        context.phrases.pick(*REFACTOR, insight=insight),
    ]
    if not features.develop(context, session, feature, words[0], words[1], words[2]):
        return None
    runs = [message["content"] for message in session.messages if message.get("name") == "run_tests"]
    tidy = "" if feature.simpler else " There was nothing to refactor."
    slots = {**feature.slots, "red": bugs.outcome(runs[0]), "green": bugs.outcome(runs[-1]), "tidy": tidy}
    session.say(context.phrases.pick(*DONE, **slots))
    return session.record(CATEGORY, "tdd", feature.tested.function.group, feature.tested.path)
