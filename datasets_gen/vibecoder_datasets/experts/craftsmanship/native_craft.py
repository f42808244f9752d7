"""Refactorings of our Rust, TypeScript and Go samples: built and tested where the language is there, else parsed."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
import weakref
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from vibecoder.types import Example, Verification
from vibecoder.workspace.metrics.native import NativeMetrics, measured, public_names
from vibecoder_datasets.experts.craftsmanship.craft_texts import PLAN
from vibecoder_datasets.experts.craftsmanship.native_texts import FACTS, FINAL, NO_RUN, RUN, WISHES
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.voices import ask

__all__ = ["Refit", "command", "refit", "refits"]

MOST_USED = 2
"""Rows that a unit of work makes of one refactoring."""
_NODE_THAT_STRIPS_TYPES = (22, 18)
_USED: weakref.WeakKeyDictionary[ExpertContext, Counter[str]] = weakref.WeakKeyDictionary()
_GREEN = re.compile(r"test result: ok|^ok\b|^# fail 0$|^ℹ fail 0$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Refit:
    """Describes a function of a sample, what is wrong with it, what is better afterwards, and the (old, new) texts."""

    path: str
    name: str
    subcategory: str
    what: str
    done: str
    edits: tuple[tuple[str, str], ...]


@cache
def refits(language: str) -> tuple[Refit, ...]:
    """Read the refactorings of `rust`, `typescript` or `go`."""
    text = (Path(__file__).parent / "refits" / f"{language}.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)["refit"]
    return tuple(Refit(**{**entry, "edits": tuple((old, new) for old, new in entry["edits"])}) for entry in found)


@cache
def _runs(language: str) -> bool:
    """Tell whether this machine can run the tests of a language."""
    if language != "typescript":
        return shutil.which("cargo" if language == "rust" else "go") is not None
    if shutil.which("node") is None:
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)\.(\d+)", version)
    return bool(found) and (int(found[1]), int(found[2])) >= _NODE_THAT_STRIPS_TYPES  # type: ignore[index]


def command(path: str) -> str:
    """Return the command that runs the tests of a sample."""
    place = PurePosixPath(path)
    if place.suffix == ".rs":
        return f"cargo test -q --lib {place.stem}"
    if place.suffix == ".go":
        return f"go test ./{place.parent}"
    return f"node --test {place.with_suffix('.test.ts')}"


def refit(context: ExpertContext, subcategory: str, language: str) -> Example | None:
    """Make a row that measures and tests a function, reads it, names what is wrong, edits it and checks it again."""
    context.workspace.reset()
    path = context.files.draw().path
    used = _USED.setdefault(context, Counter())
    found = [
        entry
        for entry in refits(language)
        if entry.subcategory == subcategory and entry.path == path and used[entry.name] < MOST_USED
    ]
    if not found:
        return None
    entry = context.rng.choice(found)
    used[entry.name] += 1
    text = context.workspace.text(path)
    better = measured(text, path, entry.name)
    if better is None:
        return None
    before, start, end = better
    slots = {"name": entry.name, "path": path, "run": command(path)}
    can_run = _runs(language)
    asked = (*WISHES["any"], *WISHES[subcategory])
    session = context.open(
        "forge", ask(context, asked, _facts(context, text.splitlines(), entry.name, start, end), **slots)
    )
    looks = [("measure", {"path": path, "name": entry.name})]
    if can_run:
        looks.append(("bash", {"command": command(path)}))
    say = context.phrases.pick(*(RUN if can_run else NO_RUN), **slots)
    results = session.calls(looks, say)
    if can_run and not _GREEN.search(results[1]):
        return None
    session.call("read_file", path=path, start=max(1, start - 1), end=end)
    say = context.phrases.pick(*PLAN, what=entry.what, What=entry.what[0].upper() + entry.what[1:])
    edits = [("edit_file", {"path": path, "old": old, "new": new}) for old, new in entry.edits]
    if any(not result.startswith("edited") for result in session.calls(edits, say)):
        return None
    results = session.calls(looks)
    changed = measured(context.workspace.text(path), path, entry.name)
    if changed is None or (can_run and not _GREEN.search(results[1])):
        return None
    if public_names(context.workspace.text(path), path) != public_names(text, path):
        return None
    field = _improved(context, before, changed[0])
    if field is None:
        return None
    final = FINAL["executed" if can_run else "parsed"]
    session.say(
        context.phrases.pick(
            *final,
            **slots,
            done=entry.done,
            Done=entry.done[0].upper() + entry.done[1:],
            before=before.label(field),
            after=changed[0].label(field),
            public=results[0].rsplit("[", 1)[1].split(",")[0],
        )
    )
    verification: Verification = "executed" if can_run else "parsed"
    return session.record("craftsmanship", subcategory, context.code_index.group[path], path, verification)


def _facts(context: ExpertContext, lines: list[str], name: str, start: int, end: int) -> list[str]:
    """Write true sentences on a function: its comment or its length, and a line of it."""
    purpose = lines[start - 2].lstrip("/* ").removesuffix("*/").strip().rstrip(".")
    inner = [line.strip() for line in lines[start : end - 1] if len(line.strip()) > 12 and "`" not in line]
    found = [form.format(name=name, purpose=purpose, size=end - start + 1) for form in context.rng.sample(FACTS, 2)]
    return [*found, *(f"I stumbled over `{line}`." for line in context.rng.sample(inner, min(1, len(inner))))]


def _improved(context: ExpertContext, before: NativeMetrics, after: NativeMetrics) -> str | None:
    """Draw one of the numbers that got better; None where none did or one got worse."""
    fields = before.__slots__
    if any(getattr(after, field) > getattr(before, field) for field in fields):
        return None
    better = [field for field in fields if getattr(after, field) < getattr(before, field)]
    return context.rng.choice(better) if better else None
