"""Chats with functions for nano's pretraining: choose one of many, fill it in, read its result, go on or answer.

The functions are everyday ones (weather, tickets, orders) and renamed ones from the library; none is a tool that the
stages train on, and calls stand in ```json fences, so that tool sets and format remain the stages' to teach.
"""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

WORDS = """
alpha batch cache delta edge frame graph heap index job key label merge node offset parser queue range shard token
unit vector window yield zone apply build check drain emit fetch guard hash insert join keep load make next open
pack quote read scan trim undo visit wrap xor zip left right upper lower first last max min count total config error
event field group header item line message number option path record request result score source state stream table
target text time type user value weight root primitive matching degree weighted edges cycle basis cover flow cut
""".split()  # noqa: SIM905
CITIES = "Oslo Lima Cairo Quito Turin Ghent Porto Osaka Accra Leeds Bergen Tunis Denver Perth Kyoto Basel".split()  # noqa: SIM905
PEOPLE = "Ada Linus Grace Alan Barbara Ken Margaret Dennis Radia Guido Frances Edsger Shafi Tim Anita Bjarne".split()  # noqa: SIM905
SUFFIXES = (".py", ".py", ".py", ".rs", ".ts", ".md", ".json", ".toml")

EVERYDAY = Path(__file__).with_name("everyday.txt")
PLACES = {
    0: ("the first one", "the first of them", "that first one"),
    1: ("the second one", "the second of them", "number two"),
    -1: ("the last one", "the last of them", "the one at the end"),
}
SMALL_TALK = (
    ("Thanks, that is all.", "You're welcome."),
    ("What can you do?", "I can use the functions above; tell me what you need."),
    ("Good morning!", "Good morning. What shall I do?"),
    ("What is 7 plus 5?", "12."),
    ("Write a haiku about rain.", "I'd rather help with the functions I have; none of them writes poems."),
)


def name(rng: random.Random) -> str:
    """An identifier of one to four words, in snake case, camel case, dotted or random letters."""
    words = rng.sample(WORDS, rng.choice((1, 2, 2, 3, 3, 4)))
    draw = rng.random()
    if draw < 0.62:
        return ("_" if rng.random() < 0.1 else "") + "_".join(words)
    if draw < 0.76:
        return "".join(w.title() for w in words)
    if draw < 0.84:
        return ".".join(words)
    if draw < 0.92:
        return "".join(rng.choices(string.ascii_lowercase, k=rng.randrange(3, 10)))
    return "_".join(words) + str(rng.randrange(100))


def file(rng: random.Random) -> str:
    """A path of up to six parts, of which neighbours are often alike (`graphs/graph/cut.py`); at times a test's id."""
    parts = [name(rng).replace(".", "_").lower() for _ in range(rng.choice((1, 2, 2, 3, 4, 5, 6)))]
    for at in range(1, len(parts)):
        if rng.random() < 0.3:
            stem = parts[at - 1]
            parts[at] = rng.choice(
                (stem, stem + "s", stem[:-1] or stem, f"{stem}_{rng.choice(WORDS)}", stem.split("_")[0])
            )
    if rng.random() < 0.2:
        subject = parts[-1]
        test = "/".join([*parts[:-1], "tests", f"test_{subject}.py"])
        return f"{test}::test_{name(rng).lower()}" if rng.random() < 0.4 else test
    return "/".join(parts) + rng.choice(SUFFIXES)


def value(rng: random.Random, kind: str, functions: list) -> object:
    if kind == "number":
        return rng.choice((rng.randrange(10), rng.randrange(100), rng.randrange(1000)))
    if kind == "city":
        return rng.choice(CITIES)
    if kind == "person":
        return rng.choice(PEOPLE)
    if kind == "phrase":
        return " ".join(rng.sample(WORDS, rng.choice((2, 3, 4))))
    if kind == "word":
        return rng.choice(WORDS)
    if kind == "file":
        return rng.choice(functions).path if rng.random() < 0.3 else file(rng)
    if kind == "code":
        line = rng.choice(rng.choice(functions).source.splitlines()).strip()
        return line[:50] or "pass"
    return rng.choice(functions).name if rng.random() < 0.35 else name(rng)


def _everyday() -> list[tuple[str, str, dict[str, str], set[str], list[str]]]:
    found = []
    for line in EVERYDAY.read_text().splitlines()[1:]:
        title, description, parameters, asks = (part.strip() for part in line.split("|"))
        pairs = [p.strip().split(":") for p in parameters.split(",")]
        kinds = {key: kind.rstrip("?") for key, kind in pairs}
        found.append((title, description, kinds, {k for k, v in pairs if v.endswith("?")}, asks.split(" / ")))
    return found


TOOLS = _everyday()


def schema(title: str, description: str, kinds: dict[str, str], optional: set[str], spelled: bool) -> dict:
    properties = {}
    for key, kind in kinds.items():
        properties[key] = {"type": "integer" if kind == "number" else "string"}
        if spelled:
            properties[key]["description"] = key.replace("_", " ").capitalize() + "."
    required = [key for key in kinds if key not in optional]
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": title, "description": description, "parameters": parameters}}


def offer(rng: random.Random) -> list[tuple[str, str, dict[str, str], set[str], list[str]]]:
    """Two to eight functions; in a third of the sets all have made-up names, so that the description must be read."""
    chosen = rng.sample(TOOLS, rng.choice((2, 3, 4, 4, 5, 6, 8)))
    if rng.random() > 0.35:
        return chosen
    return [(name(rng).replace(".", "_"), *rest) for _, *rest in chosen]


def session(rng: random.Random, functions: list) -> tuple[list[dict], list[str]]:
    """The schemas offered and the messages, user first, in turns; results come as `<tool_response>` user turns."""
    offered = offer(rng)
    spelled = rng.random() < 0.4
    schemas = [schema(*tool[:4], spelled) for tool in offered]
    messages: list[str] = []
    found: list[str] = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        if rng.random() < 0.06:
            messages += rng.choice(SMALL_TALK)
            continue
        count = rng.choices((1, 2, 3), (76, 18, 6))[0]
        asked, calls = [], []
        for _ in range(count):
            title, _, kinds, optional, asks = rng.choice(offered)
            given = {key: value(rng, kind, functions) for key, kind in kinds.items()}
            referred = _refer(rng, found, kinds, given) if found and rng.random() < 0.5 else {}
            ask = rng.choice(asks)
            quoted = rng.random()
            shown = {
                k: f"`{v}`" if quoted < 0.3 and kinds[k] in ("name", "file", "code") else v for k, v in given.items()
            }
            asked.append(ask.format(**{**shown, **referred}))
            calls.append({"name": title, "arguments": {k: v for k, v in given.items() if "{" + k + "}" in ask}})
            if any(k not in optional and "{" + k + "}" not in ask for k in kinds):
                raise AssertionError(f"{title}: {ask} leaves out a required parameter")
        messages.append(
            rng.choice((" Then: ", " And: ", " ")).join(asked) + rng.choice(("", "", "", " Thanks.", " Quick, please."))
        )
        lead = rng.choice(("", "", "", "I'll look.\n", "One moment.\n"))
        messages.append(lead + "\n".join("```json\n" + json.dumps(call) + "\n```" for call in calls))
        result, answer, found = outcome(rng, calls, functions)
        messages.append("\n".join(f"<tool_response>\n{r}\n</tool_response>" for r in result))
        messages.append(answer)
    return schemas, messages


def _refer(rng: random.Random, found: list[str], kinds: dict[str, str], given: dict[str, object]) -> dict[str, str]:
    """Let one argument be what a result listed; how the user speaks of it, by its place in the list."""
    for key, kind in kinds.items():
        if kind == ("file" if "/" in found[0] else "name"):
            at = rng.choice((0, 1, -1)) if len(found) > 1 else 0
            given[key] = found[at]
            return {key: rng.choice(PLACES[at])}
    return {}


def outcome(rng: random.Random, calls: list[dict], functions: list) -> tuple[list[str], str, list[str]]:
    """What the calls gave back, the answer that reports it, and what the last of them listed."""
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


def copies(rng: random.Random, functions: list) -> tuple[str, str]:
    """Names and paths to give back word for word: as a list, as JSON, sorted as given, or one picked by its place."""
    kinds = rng.choices(("name", "file", "name", "number"), k=rng.choice((3, 5, 8, 12)))
    items = [str(value(rng, kind, functions)) for kind in kinds]
    draw = rng.random()
    if draw < 0.3:
        return "As a JSON list: " + ", ".join(items), json.dumps(items)
    if draw < 0.5:
        return "Repeat these lines.\n" + "\n".join(items), "\n".join(items)
    if draw < 0.75:
        keys = [name(rng) for _ in items]
        return "As JSON: " + ", ".join(f"{k} = {v}" for k, v in zip(keys, items, strict=True)), json.dumps(
            dict(zip(keys, items, strict=True))
        )
    keys = list(dict.fromkeys(name(rng) for _ in items))
    table = "\n".join(f"{k}: {v}" for k, v in zip(keys, items, strict=False))
    wanted = rng.choice(keys)
    return f"{table}\nWhat is {wanted}?", items[keys.index(wanted)]
