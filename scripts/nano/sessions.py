"""Chats with functions for nano's pretraining: choose one of many, fill it in, read its result, go on or answer.

The functions are everyday ones (weather, tickets, orders) and renamed ones from the library; none is a tool that the
stages train on, and calls stand in ```json fences, so that tool sets and format remain the stages' to teach.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any

from offers import Tool, offer, schema
from values import PEOPLE, file, name, value

PLACES = {
    0: ("the first one", "the first of them", "that first one"),
    1: ("the second one", "the second of them", "number two"),
    -1: ("the last one", "the last of them", "the one at the end"),
}
OPENINGS = (
    "Please: ", "First of all: ", "Let's see. ", "Quick one: ", "Next: ", "Okay. ", "Could you help? ", "To do today: ",
)  # fmt: skip
CLOSINGS = (" Thanks.", " Quick, please.", " Take your time.", " That's all for now.", " I'm new here.", " Thank you!")
REMARKS = (
    "{person} asked about it.", "It came up last week.", "I was reading {file} before.", "Not {name}, mind you.",
    "`{name}` is another matter.", "I only ask because of {name}.", "{person} looks after {file}.",
)  # fmt: skip
ABOUT = (
    "{summary}.", "My notes say: {summary}.", "I was told: {summary}.", "The manual has a page on `{name}`.",
    "I still don't get this: {summary}.", "`{name}` of {path} is on my mind.", "It has to do with {name}.",
    "{path} is what I work on.", "Somebody asked what {name} does.", "I'd like to tell a friend about `{name}`.",
)  # fmt: skip
MISSES = (
    "error: no {given}; did you mean {right}?",
    "error: {given} not found\nnearest: {right}",
    "error: {key} {given} is unknown. Known: {right}",
    "{given} has moved to {right}",
)
SMALL_TALK = (
    ("Thanks, that is all.", "You're welcome."),
    ("What can you do?", "I can use the functions above; tell me what you need."),
    ("Good morning!", "Good morning. What shall I do?"),
    ("What is 7 plus 5?", "12."),
    ("Write a haiku about rain.", "I'd rather help with the functions I have; none of them writes poems."),
    ("Buy me a sandwich.", "I can't buy things; I can only use the functions above."),
    ("What do you think of our plan?", "I can't judge that. I can look things up for you."),
    ("Why is the sky blue?", "Air scatters blue light most. No function is needed for that."),
)


def session(rng: random.Random, functions: list) -> tuple[list[dict], list[str]]:
    """Make the schemas offered and the messages, user first, in turns; results are `<tool_response>` user turns."""
    offered = offer(rng)
    spelled = rng.random() < 0.4
    schemas = [schema(*tool[:4], spelled) for tool in offered]
    messages: list[str] = []
    found: list[str] = []
    for _ in range(rng.choice((1, 1, 2, 3) if len(offered) < 8 else (2, 3, 4))):  # a long set is worth more turns
        draw = rng.random()
        if draw < 0.06:
            messages += rng.choice(SMALL_TALK)
        elif draw < 0.2:
            messages += chain(rng, offered, functions)
        elif draw < 0.3:
            messages += correction(rng, offered, functions)
        elif draw < 0.4:
            messages += several(rng, offered, functions)
        else:
            turn, found = request(rng, offered, functions, found)
            messages += turn
    return schemas, messages


def request(rng: random.Random, offered: list[Tool], functions: list, found: list[str]) -> tuple[list[str], list[str]]:
    """Ask for one to three calls at once; return the turns with results and answer, and what the last listed."""
    count = rng.choices((1, 2, 3), (70, 22, 8))[0]
    drawn = [_ask(rng, rng.choice(offered), functions, found) for _ in range(count)]
    calls = [call for _, call in drawn]
    asked = _joined(rng, [ask for ask, _ in drawn])
    results, answer, found = outcome(rng, calls, functions)
    return [_spoken(rng, asked, functions), _called(rng, calls), _responses(results), answer], found


def chain(rng: random.Random, offered: list[Tool], functions: list) -> list[str]:
    """Ask for two calls at once of which the second needs what the first one lists."""
    listed = [file(rng) if rng.random() < 0.5 else name(rng) for _ in range(rng.choice((1, 2, 3, 4)))]
    if "/" in listed[0]:
        listed = [path if "/" in path else file(rng) for path in listed]
    else:
        listed = [path for path in listed if "/" not in path]
    wanted = "file" if "/" in listed[0] else "name"
    second = [tool for tool in offered if wanted in tool[2].values()]
    if not second:
        return request(rng, offered, functions, [])[0]
    ask, call = _ask(rng, rng.choice(offered), functions, [])
    then, next_call = _ask(rng, rng.choice(second), functions, listed, always=True)
    count = f"\n[{len(listed)} found]" if rng.random() < 0.5 else ""
    results, answer, _ = outcome(rng, [next_call], functions)
    link = rng.choice((" Then: ", " When you have it: ", " And with that: ", " After that, "))
    return [
        _spoken(rng, ask + link + then, functions),
        _called(rng, [call]),
        _responses(["\n".join(listed) + count]),
        _called(rng, [next_call]),
        _responses(results),
        answer,
    ]


def correction(rng: random.Random, offered: list[Tool], functions: list) -> list[str]:
    """Make a call that fails with a message that names the right value, and the call again with it."""
    ask, call = _ask(rng, rng.choice(offered), functions, [])
    texts = [key for key, given in call["arguments"].items() if isinstance(given, str)]
    if not texts:
        return request(rng, offered, functions, [])[0]
    key = rng.choice(texts)
    given = call["arguments"][key]
    right = file(rng) if "/" in given else given + rng.choice(("s", "_all", "2")) if rng.random() < 0.5 else name(rng)
    error = rng.choice(MISSES).format(given=given, right=right, key=key)
    again = {"name": call["name"], "arguments": {**call["arguments"], key: right}}
    results, answer, _ = outcome(rng, [again], functions)
    return [
        _spoken(rng, ask, functions),
        _called(rng, [call]),
        _responses([error]),
        _called(rng, [again]),
        _responses(results),
        answer,
    ]


def several(rng: random.Random, offered: list[Tool], functions: list) -> list[str]:
    """Ask for one function with two to four values at once (`a, b and c`): as many calls."""
    tool = rng.choice(offered)
    ask, call = _ask(rng, tool, functions, [])
    texts = [key for key in call["arguments"] if tool[2][key] in ("file", "name", "pattern", "person", "city")]
    once = [key for key in texts if ask.count(str(call["arguments"][key])) == 1]
    if not once:
        return request(rng, offered, functions, [])[0]
    key = rng.choice(once)
    values = dict.fromkeys(str(value(rng, tool[2][key], functions)) for _ in range(rng.choice((1, 1, 2, 3))))
    values = [call["arguments"][key], *values]
    mark = rng.choice(("`{}`", "{}", "{}"))
    link = rng.choice((" and ", " plus ", ", ", " as well as ", " or "))
    *first, last = [mark.format(v) for v in values]
    listed = (", " if rng.random() < 0.6 else link).join(first) + link + last
    calls = [{"name": call["name"], "arguments": {**call["arguments"], key: v}} for v in dict.fromkeys(values)]
    results, answer, _ = outcome(rng, calls, functions)
    asked = re.sub(r"[`'\"]?" + re.escape(str(values[0])) + r"[`'\"]?", lambda _: listed, ask, count=1)
    return [_spoken(rng, asked, functions), _called(rng, calls), _responses(results), answer]


def _ask(
    rng: random.Random, tool: Tool, functions: list, found: list[str], always: bool = False
) -> tuple[str, dict[str, Any]]:
    """Say what a user says for a call of a function with drawn arguments; return it and the call.

    With `found`, an argument of its kind may be one of these, spoken of by its place in the list.
    """
    title, _, kinds, optional, asks = tool
    given = {key: value(rng, kind, functions) for key, kind in kinds.items()}
    referred = _refer(rng, found, kinds, given) if found and (always or rng.random() < 0.5) else {}
    ask = rng.choice([a for a in asks if all("{" + k + "}" in a for k in referred)] or asks)
    if any(k not in optional and "{" + k + "}" not in ask for k in kinds):
        raise AssertionError(f"{title}: {ask} leaves out a required parameter")
    mark = rng.choice(("`", "`", "'", '"')) if rng.random() < 0.3 else ""
    shown = {
        k: f"{mark}{v}{mark}" if kinds[k] in ("name", "file", "code", "block", "pattern") else v
        for k, v in given.items()
    }
    arguments = {k: v for k, v in given.items() if "{" + k + "}" in ask}
    return ask.format(**{**shown, **referred}), {"name": title, "arguments": arguments}


def _joined(rng: random.Random, asks: list[str]) -> str:
    if len(asks) > 1 and rng.random() < 0.15:
        return "\n".join(f"{at}. {ask}" for at, ask in enumerate(asks, 1))
    return rng.choice((" Then: ", " And: ", " ", " ", " / ", "; ", " Also: ", "\n")).join(asks)


def _spoken(rng: random.Random, ask: str, functions: list) -> str:
    """Word the request as somebody would: at times with an opening, a closing, or remarks that ask for nothing."""
    words = rng.choice(OPENINGS) + ask if rng.random() < 0.35 else ask
    if rng.random() < 0.25:
        words += rng.choice(CLOSINGS)
    if rng.random() < 0.4:
        for _ in range(rng.choice((1, 1, 2))):
            remark = _remark(rng, functions)
            words = f"{words} {remark}" if rng.random() < 0.5 else f"{remark} {words}"
    return words


def _remark(rng: random.Random, functions: list) -> str:
    about = rng.choice(functions)
    if about.summary and rng.random() < 0.5:
        return rng.choice(ABOUT).format(summary=about.summary.rstrip("."), name=about.name, path=about.path)
    filled = {"name": name(rng), "file": file(rng), "person": rng.choice(PEOPLE), "number": rng.randrange(2, 60)}
    return rng.choice(REMARKS).format(**filled)


def _called(rng: random.Random, calls: list[dict[str, Any]]) -> str:
    lead = rng.choice(("", "", "", "", "", "I'll look.\n", "One moment.\n"))
    return lead + "\n".join("```json\n" + json.dumps(call) + "\n```" for call in calls)


def _responses(results: list[str]) -> str:
    return "\n".join(f"<tool_response>\n{result}\n</tool_response>" for result in results)


def _refer(rng: random.Random, found: list[str], kinds: dict[str, str], given: dict[str, object]) -> dict[str, str]:
    """Let one argument be what a result listed; how the user speaks of it, by its place in the list."""
    for key, kind in kinds.items():
        if kind == ("file" if "/" in found[0] else "name"):
            at = rng.choice((0, 1, -1)) if len(found) > 1 else 0
            given[key] = found[at]
            return {key: rng.choice(PLACES[at])}
    return {}


def outcome(rng: random.Random, calls: list[dict], functions: list) -> tuple[list[str], str, list[str]]:
    """Make what the calls gave back, the answer that reports it, and what the last of them listed."""
    results, said = [], []
    listed: list[str] = []
    for call in calls:
        argument = str(next(iter(call["arguments"].values()), ""))
        draw = rng.random()
        listed = []
        if draw < 0.2:
            listed = [file(rng) for _ in range(rng.choice((1, 2, 3, 4)))]
            results.append("\n".join(f"{path}:{rng.randrange(1, 900)}: {name(rng)}" for path in listed))
            said.append(f"`{argument}` stands in {', '.join(f'`{path}`' for path in listed)}.")
        elif draw < 0.4:
            found = rng.sample(functions, rng.choice((1, 2, 3, 4)))
            lines = [f"{f.path}:{f.line}:{f.source.splitlines()[0].strip()[:70]}" for f in found]
            results.append("\n".join(lines) + f"\n[{len(found)} found]")
            said.append(f"`{argument}`: {len(found)} found, the first is `{found[0].path}:{found[0].line}`.")
        elif draw < 0.6:
            listed = [name(rng) for _ in range(rng.choice((2, 3, 4, 5)))]
            results.append("\n".join(listed))
            said.append(f"`{argument}` has {', '.join(f'`{n}`' for n in listed)}.")
        elif draw < 0.85:
            number = rng.randrange(2000)
            results.append(f"{number}")
            said.append(f"`{argument}`: {number}.")
        else:
            results.append(f"error: no {argument}")
            said.append(f"There is no `{argument}`.")
    return results, " ".join(said), listed
