"""Names, paths, lines of code and other values for nano's chats, drawn at random so that copying pays."""

from __future__ import annotations

import json
import random
import string

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


def name(rng: random.Random) -> str:
    """Draw an identifier of one to four words, in snake case, camel case, dotted or random letters."""
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
    """Draw a path of up to six parts, neighbours often alike (`graphs/graph/cut.py`); at times a test's id."""
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
    if kind == "pattern":
        return rng.choice(("**/{}.py", "*_{}.md", "{}/**/*.py", "**/{}*", "*.{}")).format(name(rng).lower())
    if kind == "block":
        lines = rng.choice(functions).source.splitlines()
        first = rng.randrange(len(lines))
        return "\n".join(lines[first : first + rng.choice((1, 1, 1, 2, 3))])[:160]
    if kind == "code":
        line = rng.choice(rng.choice(functions).source.splitlines()).strip()
        return line[:50] or "pass"
    return rng.choice(functions).name if rng.random() < 0.35 else name(rng)


def copies(rng: random.Random, functions: list) -> tuple[str, str]:
    """Ask for names and paths word for word: as a list, as JSON, sorted as given, or one picked by its place."""
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
