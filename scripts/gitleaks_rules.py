"""Turn gitleaks' published rules into those that scrubbing reads, and compare the two on generated strings.

Run as: python scripts/gitleaks_rules.py GITLEAKS_TOML [--check]

GITLEAKS_TOML is `config/gitleaks.toml` of the gitleaks repository. RE2's patterns become Python's: flags in the middle
of a pattern get a group of their own, POSIX classes are spelled out. With `--check`, and the package google-re2
installed, both engines run every pattern on strings made from it and on the same strings with a change.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tomllib
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "vibecoder/dataset/scrub/gitleaks.json"
LEFT_OUT = {
    "generic-api-key": "any name and any value: what our own patterns do with fewer false alarms",
    "jwt": "our own kind finds it",
    "jwt-base64": "our own kind finds it",
    "kubernetes-secret-yaml": "whole manifests, of which every value would be masked",
    "pkcs12-file": "a file's name, no text",
    "private-key": "our own kind finds it, cut ones too",
}
_POSIX = {"alnum": "A-Za-z0-9", "alpha": "A-Za-z", "digit": "0-9", "xdigit": "0-9A-Fa-f", "lower": "a-z",
          "upper": "A-Z", "word": r"\w", "space": r"\s"}  # fmt: skip
_FLAGS = re.compile(r"\(\?([imsU]*-?[imsU]*)\)")
_NAME_BEFORE = re.compile(r"^\(\?i\)\[\\w\.-\]\{0,50\}\?")
"""What may stand before a rule's name; as it may also be empty, and is not what is masked, it only costs time."""


def to_python(pattern: str) -> str:
    """Spell one of RE2's patterns for Python's `re`, to be compiled with `re.ASCII`."""
    pattern = _NAME_BEFORE.sub("(?i)", pattern)
    out: list[str] = []
    opened: list[list[str]] = [[]]  # per open group, the flags that hold until it ends
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            out.append({"\\z": "\\Z"}.get(pattern[at : at + 2], pattern[at : at + 2]))
            at += 2
        elif pattern[at] == "[":
            end = _class_end(pattern, at)
            out.append(re.sub(r"\[:(\w+):\]", lambda match: _POSIX[match[1]], pattern[at:end]))
            at = end
        elif flags := _FLAGS.match(pattern, at):
            opened[-1].append(f"(?{flags[1]}:")
            out.append(opened[-1][-1])
            at = flags.end()
        elif pattern[at] == "(":
            opened.append([])
            out.append("(")
            at += 1
        elif pattern[at] in "|)":
            held = opened[-1]
            out.append(")" * len(held) + pattern[at])
            if pattern[at] == ")":
                opened.pop()
            else:
                out += held
            at += 1
        else:
            out.append(pattern[at])
            at += 1
    return "".join(out) + ")" * len(opened[0])


def _class_end(pattern: str, start: int) -> int:
    at = start + 1 + pattern.startswith("[^", start)
    at += pattern.startswith("]", at)
    while pattern[at] != "]":
        named = re.match(r"\[:\w+:\]", pattern[at:])
        at += named.end() if named else 2 if pattern[at] == "\\" else 1
    return at + 1


def converted(source: Path) -> list[dict[str, Any]]:
    """Read the rules that have a pattern and keywords and are not in `LEFT_OUT`."""
    rules = []
    for rule in tomllib.loads(source.read_text(encoding="utf-8"))["rules"]:
        if rule["id"] in LEFT_OUT or "regex" not in rule or not rule.get("keywords"):
            continue
        found: dict[str, Any] = {"id": rule["id"], "keywords": sorted({word.lower() for word in rule["keywords"]})}
        found["pattern"] = to_python(rule["regex"])
        re.compile(found["pattern"], re.ASCII)
        if rule.get("entropy"):
            found["entropy"] = rule["entropy"]
        if rule.get("secretGroup"):
            found["group"] = rule["secretGroup"]
        rules.append(found)
    return rules


def check(source: Path, samples: int = 40) -> int:
    """Count the generated strings on which RE2 with the rule and `re` with its conversion differ."""
    import re2  # type: ignore[import-not-found]

    sys.path.insert(0, str(ROOT / "tests"))
    from support.regex_samples import sample

    original = {rule["id"]: rule.get("regex") for rule in tomllib.loads(source.read_text(encoding="utf-8"))["rules"]}
    rng, wrong, tried = random.Random(0), 0, 0
    for rule in converted(source):
        theirs, ours = re2.compile(original[rule["id"]]), re.compile(rule["pattern"], re.ASCII)
        for _ in range(samples):
            text = f"x = {sample(rule['pattern'], rng)} y"
            at = rng.randrange(len(text))
            for each in (text, text[:at] + rng.choice("aZ7-_ '\n") + text[at + 1 :], text.upper()):
                tried += 1
                one, other = theirs.search(each), ours.search(each)
                same = bool(one) == bool(other) and (not one or one.groups() == other.groups())
                wrong += not same
                if not same:
                    print(rule["id"], repr(each), one and one.groups(), other and other.groups())
    print(f"{wrong} of {tried} generated strings differ")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("source", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", FutureWarning)
    if arguments.check:
        sys.exit(1 if check(arguments.source) else 0)
    rules = converted(arguments.source)
    lines = ",\n".join(json.dumps(rule, ensure_ascii=True) for rule in rules)
    TARGET.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(rules)} rules written to {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
