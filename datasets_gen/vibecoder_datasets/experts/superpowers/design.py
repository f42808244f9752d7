"""Superpowers rows before any code: brainstorming until the user has chosen, plans that are only written."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.code.tested import body
from vibecoder_datasets.experts.agentic.planning import draw_guard
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.speech.skills import with_skill
from vibecoder_datasets.speech.voices import arguments, ask, facts, reply
from vibecoder_datasets.words.answers import places, total

__all__ = ["brainstorming", "writing_plans"]

CATEGORY, SUBCATEGORY = "superpowers", "collaboration"
# A wish, and what it could mean for a function with its first argument: (short name, what changes, what it costs).
DESIGNS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "safer against bad input": (
        ("a check", "`{name}` looks at `{argument}` first and raises an error that names it",
         "every call pays for the check"),
        ("a wrapper", "a second function checks `{argument}` and calls `{name}`", "two names to know"),
        ("a promise", "the docstring of `{name}` says what `{argument}` must be, and a test holds it to that",
         "nothing is enforced"),
    ),
    "easier to use": (
        ("a default", "`{argument}` gets a default, so that the common call is shorter",
         "a default can be wrong for somebody"),
        ("a shortcut", "a small function beside `{name}` covers the common case", "one more name"),
        ("an example", "the docstring shows one call of `{name}`, run as a test", "the calls stay as long as they are"),
    ),
    "ready for larger inputs": (
        ("laziness", "`{name}` hands out results one by one", "callers that want a list must make it"),
        ("a limit", "`{name}` refuses more than a given size of `{argument}`", "somebody will meet the limit"),
        ("a measurement", "first count its steps at growing sizes, then decide", "no change yet"),
    ),
    "clearer for new people": (
        ("a better name", "`{argument}` is called what it is", "calls by keyword change"),
        ("a split", "the body of `{name}` becomes two functions with names of their own", "more to jump between"),
        ("a story", "a comment says why, not what, at the one odd line", "comments age"),
    ),
    "more flexible": (
        ("a parameter", "`{name}` gets one more argument with today's behaviour as its default",
         "one more way to call it"),
        ("a function as argument", "the caller passes what to do with each `{argument}`", "harder to read"),
        ("a second function", "`{name}` stays, its sibling does the new thing", "two places to keep in step"),
    ),
    "easier to test": (
        ("a pure core", "what `{name}` computes is split from what it reads", "one more function"),
        ("an input less", "`{argument}` is passed in its simplest form", "callers convert"),
        ("cases in a table", "the tests of `{name}` become one table of inputs and results",
         "the tests read differently"),
    ),
    "less surprising": (
        ("a copy", "`{name}` never changes the `{argument}` it was given", "memory for the copy"),
        ("an error", "odd values of `{argument}` are refused", "code that relied on them breaks"),
        ("a warning", "odd values of `{argument}` work, with a warning", "warnings are ignored"),
    ),
}  # fmt: skip
IDEA = (
    "I'd like `{name}` in {path} to be {wish}. Let's brainstorm.",
    "Brainstorm with me: how could `{name}` become {wish}?",
    "`{name}` should be {wish}. I have no design yet.", "Help me think: {path} has `{name}`, and I want it {wish}.",
    "How would you make `{name}` ({path}) {wish}? Ideas first, no code.",
    "Before anybody types: ways to get `{name}` {wish}?",
    "We want something {wish} than today's `{name}`. What are our options?",
    "Design talk about `{name}`, please. Goal: {wish}.",
    "Users ask for a `{name}` that is {wish}. How could we get there?",
    "If `{name}` in {path} had to be {wish}, what would you propose?",
    "I can't decide how to make `{name}` {wish}. Offer me a few ways.",
)  # fmt: skip
CHOICE = (
    "Option {n} for `{name}`, {cost} or not.", "I'd take {n} for `{name}`.", "Number {n}, {short}, please.",
    "Let's do {n}, `{name}` deserves it.",
    "{n}, since {cost} is acceptable to me.",
    "The one with {short}.", "{short}, I think. {cost} is fine.", "Go with {short}.",
    "I prefer {n}; the others don't suit {path}.",
    "Hm, {cost}? Still, {short} it is.", "For `{name}` I'd say {n}.",
)  # fmt: skip


def brainstorming(context: ExpertContext) -> Example | None:
    """Make a row that reads code and its users, offers three ways with their cost, and notes the one chosen."""
    context.workspace.reset()
    function = context.functions.draw()
    names = arguments(context, function)
    first, last = body(context.workspace, function)
    if not names or not first or last - first > bugs.LONGEST:
        return None
    wish = context.rng.choice(list(DESIGNS))
    slots = {"name": function.name, "path": function.path, "wish": wish, "argument": names[0]}
    session, say = with_skill("brainstorming")(
        context, "explore", ask(context, IDEA, facts(context, function), **slots), {}
    )
    seen = bugs.read_function(
        session,
        function,
        say or context.phrases.pick("First I read it.", "Where does it stand?", "I look before I propose."),
    )
    used = session.call(
        "references", context.phrases.pick("Who would notice a change?", "And its users?", ""), name=function.name
    )
    if names[0] not in seen + session.messages[-5]["content"]:
        return None
    found = places(used)
    users = (
        f"It has {total(used)}, so a change would be noticed." if found else "Nothing here uses it yet, so we are free."
    )
    ways = context.rng.sample(DESIGNS[wish], 3)
    lines = [f"{at}. {short}: {what.format(**slots)} (cost: {cost})" for at, (short, what, cost) in enumerate(ways, 1)]
    question = context.phrases.pick(
        "Which one suits you?", "Which shall it be?", "What do you prefer?", "Which cost can you live with?"
    )
    session.say(f"{users} I see three ways:\n" + "\n".join(lines) + f"\n{question}")
    picked = context.rng.randrange(3)
    short, what, cost = ways[picked]
    session.user(reply(context, *CHOICE, **{**slots, "n": picked + 1, "short": short, "cost": cost}))
    session.say(
        context.phrases.pick(
            "Then the design is {short}: {what}. The price is known: {cost}. Shall I write the test for it first?",
            "Noted: {short}. In one sentence, {what}. The next step would be a plan; I have changed nothing so far.",
            "Good. Design: {what}. We accept that {cost}. Next I would plan it, test first.",
            "The design, then: {what}, and {cost} is what we pay. Say when I may begin.",
            short=short, what=what.format(**slots), cost=cost,
        )
    )  # fmt: skip
    return session.record(CATEGORY, SUBCATEGORY, function.group, function.path)


PLAN = (
    "Write a plan, no code: `{name}` in {path} shall raise {error} when `{argument}` is None. Tests are in {old_test}.",
    "Plan the work, don't do it yet: None for `{argument}` of `{name}` becomes a {error}.",
    "I need a plan that a colleague can follow: {error} from `{name}` ({path}) on None.",
    "How would you go about it? `{name}` must refuse None as `{argument}` by {error}; {old_test} has its tests.",
    "Put the steps on paper for me. Goal: `{name}` raises {error} if `{argument}` is None. New test {test}.",
    "Small steps, please, each with its check: {error} in `{name}` for a missing `{argument}`.",
    "Tomorrow I'll make `{name}` raise {error} on None. Prepare the plan, {test} included.",
    "Our trainee shall guard `{name}` in {path} against None ({error}). Write down what to do.",
)
OTHER = (
    "Write a plan for putting `{name}` out of {path} into a file of its own. Tests: {test}.",
    "Plan, don't do: `{name}` moves from {path} to a new module, the old import keeps working.",
    "I want `{name}` in its own file. What steps, in what order, checked by what?",
    "Give me a plan for splitting `{name}` off {path}. {test} must be green at each step.",
    "How would you move `{name}` to another module without anybody noticing? Steps only.",
    "Prepare the move of `{name}` out of {path}: who imports it, what to do first, how to check.",
    "A plan, please, with a check per step: `{name}` leaves {path}.",
)


def writing_plans(context: ExpertContext) -> Example | None:
    """Make a row that writes a plan from the code, its tests and its users; nothing is changed."""
    return _guard_plan(context) if context.rng.random() < 0.5 else _move_plan(context)


def _guard_plan(context: ExpertContext) -> Example | None:
    guard = draw_guard(context)
    if guard is None:
        return None
    tested = guard.tested
    session, say = with_skill("writing-plans")(
        context, "repair", ask(context, PLAN, facts(context, tested), must=[tested.test], **guard.slots), {}
    )
    seen = bugs.read_function(session, tested.function, say or "First the code.")
    result = session.call(
        "run_tests", context.phrases.pick("Is it green to start from?", "Where do we start?", ""), path=tested.test
    )
    if not bugs.is_green(result) or guard.anchor not in seen:
        return None
    named = guard.test in session.messages[1]["content"]
    new = guard.test if named else "a new test file"
    lines = [
        f"{new}: a test that passes None as `{guard.argument}` and expects {guard.error}; it must fail",
        f"{tested.path}: raise {guard.error} in front of `{guard.anchor.strip()}`, nothing else; check with the "
        f"new test",
        f"{tested.test}: run it, the result must be {bugs.outcome(result)} again",
        f"{tested.path}: say in the docstring of `{tested.name}` that None is refused",
    ]
    session.say(_plan(context, f"{tested.test} gives {bugs.outcome(result)} now.", lines))
    return session.record(CATEGORY, SUBCATEGORY, tested.function.group, tested.path)


def _move_plan(context: ExpertContext) -> Example | None:
    tested = draw_tested(context)
    if tested is None:
        return None
    slots = {"name": tested.name, "path": tested.path, "test": tested.test}
    session, say = with_skill("writing-plans")(
        context, "rework", ask(context, OTHER, facts(context, tested), must=[tested.test], **slots), {}
    )
    bugs.read_function(session, tested.function, say or "First the code.")
    uses = session.call("references", context.phrases.pick("Who imports it?", "Its users:"), name=tested.name)
    result = session.call("run_tests", context.phrases.pick("And the tests as they are.", ""), path=tested.test)
    found = places(uses)
    if not bugs.is_green(result) or not found:
        return None
    others = list(dict.fromkeys(path for path, _, _ in found if path != tested.path))
    lines = [
        f"a new file: copy `{tested.name}` with the imports it needs; check that it can be imported",
        f"{tested.path}: import `{tested.name}` from there in place of its code; run {tested.test}",
        *(f"{path}: leave its import alone for now; it works through {tested.path}" for path in others[:2]),
        f"{tested.test}: the result must be {bugs.outcome(result)} again",
    ]
    session.say(_plan(context, f"It has {total(uses)}, and {tested.test} gives {bugs.outcome(result)}.", lines))
    return session.record(CATEGORY, SUBCATEGORY, tested.function.group, tested.path)


def _plan(context: ExpertContext, start: str, lines: list[str]) -> str:
    intro = context.phrases.pick(
        "The plan:", "Steps, each with its check:", "What I propose, in order:", "Plan, a few minutes per step:"
    )
    end = context.phrases.pick(
        "Nothing is changed yet.", "I stop here until you agree.", "Shall I begin?", "Tell me if a step is missing."
    )
    return "\n".join([f"{start} {intro}", *(f"{at}. {line}" for at, line in enumerate(lines, 1)), end])
