"""Makes the rows of `from-rules`: Markdown pages of rules as rows that ask for them, break them and apply them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from vibecoder.curation.foreign import read_rows
from vibecoder.errors import DataError
from vibecoder.types import Comparison, Example, Imported, ImportJob, Record
from vibecoder_datasets.importers.rules.checks import cases
from vibecoder_datasets.importers.rules.markdown import Section, sections
from vibecoder_datasets.importers.rules.wordings import ASKED, opposite

__all__ = ["files", "rows"]

_PLACES = (("rules", "rules/*.md"), ("corrections", "memory/corrections.md"), ("logs", "memory/logs.md"),
           ("workflows", "workflows/*.md"), ("alpaca", "fine-tuning-file.json"))  # fmt: skip
_WHO = re.compile(r"\bYou are ([A-Z][\w-]*)(?:, ([^.\n]+))?\.")
_MARKED = re.compile(r"❌\s*(.+?)\s*✅\s*(.+)$")
_ARROW = re.compile(r"^(.+?)\s*(?:→|->|=>)\s*(.+)$")
_NAMED = re.compile(
    r"^(?:mistake|wrong|sin|error|bad|before|symptom)\s*:\s*(.+?)[.;,]?\s+"
    r"(?:correction|correct|right|fix|good|after|instead|solution)\s*:\s*(.+)$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(mistake|wrong|sin|error|bad|before|symptom)|^(correction|correct|right|fix|good|after|instead|solution)", re.I
)


def files(folder: Path) -> list[tuple[str, Path]]:
    """Return the files to read and what they are, those of `.agent/` and other folders below too, by path."""
    found: dict[Path, str] = {}
    for kind, pattern in _PLACES:
        for path in folder.rglob(pattern):
            if path.is_file():
                found.setdefault(path, kind)
    if folder.name in ("rules", "workflows"):
        found |= dict.fromkeys(folder.glob("*.md"), folder.name)
    return [(found[path], path) for path in sorted(found)]


def rows(job: ImportJob) -> Iterator[Imported]:
    """Yield one `Imported` for each file, then one with the identity rows.

    Raises:
        DataError: there is none of the files below the folder.
    """
    listed = files(job.source)
    if not listed:
        wanted = ", ".join(pattern for _, pattern in _PLACES)
        raise DataError(f"no rules below {job.source}; there should be one of {wanted}")
    who = str(job.options["name"] or ""), ""
    for kind, path in listed:
        name = path.relative_to(job.source).as_posix()
        if kind == "alpaca":
            yield _alpaca(path, name)
            continue
        try:
            text = path.read_bytes().decode("utf-8", "replace")
        except OSError:
            yield Imported(skipped={"a file that cannot be read": 1})
            continue
        told = _WHO.search(text)
        if told and not who[1] and who[0] in ("", told[1]):
            who = told[1], told[2] or ""
        writer = _Writer(name, int(job.options["phrasings"]), job.seed)
        made = [row for section in sections(text, path.stem) for row in getattr(writer, kind)(section, path.stem)]
        yield Imported(made, {} if made else {"a file that says nothing": 1})
    if who[0]:
        yield Imported(list(_Writer("identity", 5, job.seed).identity(*who)))


class _Writer:
    """Makes the rows of one file; the same file and seed give the same rows."""

    def __init__(self, file: str, phrasings: int, seed: int) -> None:
        self._file, self._phrasings = file, phrasings
        self._rng = Random(f"{seed} {file}")

    def rules(self, section: Section, stem: str) -> Iterator[Record]:
        said = section.said
        if said:
            answer = said[0] if len(said) == 1 else "\n".join(f"- {rule}" for rule in said)
            yield from self._asked("rule", answer, section, section.title)
        for rule in said:
            broken = opposite(rule)
            if broken:
                answer = f"No, I keep to the rule: {_ended(rule)}"
                yield from self._asked(broken[0], answer, section, broken[1], kind="violation")
            for case in cases(rule, self._rng):
                answer = f"{'Yes' if case.is_kept else 'No'}. {case.verdict}"
                asked = self._rng.choice(ASKED["check"]).format(case.shown)
                yield replace(self._row(asked, answer, "check", section), verification="parsed")
        yield from self._examples(section)

    def corrections(self, section: Section, stem: str) -> Iterator[Record]:
        pairs, others = _pairs(section.said)
        for wrong, right in pairs:
            yield from self._asked("correction", f"No. {_ended(right)}", section, wrong.rstrip("."))
            asked = [{"role": "user", "content": f"How do we do this: {section.title}?"}]
            replies = [[{"role": "assistant", "content": _ended(text)}] for text in (right, wrong)]
            if right != wrong:
                yield Comparison(
                    messages=asked, chosen=replies[0], rejected=replies[1], **self._labels("correction", section)
                )
        if others:
            yield from self._asked("lesson", "\n".join(others), section, section.title)

    def workflows(self, section: Section, stem: str) -> Iterator[Record]:
        steps = section.steps or section.items
        name = stem if section.title in (stem, "") or len(steps) < 2 else f"{stem}: {section.title}"
        if len(steps) > 1:
            answer = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
            yield from self._asked("workflow", answer, section, name)
            for step, following in pairwise(steps):
                asked = self._rng.choice(ASKED["step"]).format(name, step.rstrip("."))
                yield self._row(asked, _ended(following), "workflow", section)
            yield self._row(
                ASKED["step"][0].format(name, steps[-1].rstrip(".")), "That was the last step.", "workflow", section
            )
        elif section.said:
            yield from self._asked(
                "rule", "\n".join(section.said), section, f"{stem}: {section.title}", kind="workflow"
            )
        yield from self._examples(section)

    def logs(self, section: Section, stem: str) -> Iterator[Record]:
        yield from (replace(row, subcategory="log") for row in self.rules(section, stem))

    def identity(self, name: str, what: str) -> Iterator[Record]:
        answer = f"I am {name}, {what}." if what else f"I am {name}."
        yield from self._asked("identity", answer, Section("identity"), kind="identity")

    def _examples(self, section: Section) -> Iterator[Record]:
        for code in section.code:
            if code.strip():
                yield from self._asked("format", f"```\n{code}\n```", section, section.title, kind="example")

    def _asked(self, wording: str, answer: str, section: Section, *about: str, kind: str = "") -> Iterator[Example]:
        """Yield the answer to several phrasings of one question."""
        ways = ASKED[wording]
        for way in self._rng.sample(ways, min(self._phrasings, len(ways))):
            yield self._row(way.format(*about), answer, kind or wording, section)

    def _row(self, asked: str, answer: str, kind: str, section: Section) -> Example:
        turns = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
        return Example(messages=turns, **self._labels(kind, section))

    def _labels(self, kind: str, section: Section) -> dict[str, Any]:
        return {
            "category": "rules", "subcategory": kind, "group": f"rules:{self._file}:{section.title}",
            "provenance": {"importer": "rules", "file": self._file}, "verification": "imported",
        }  # fmt: skip


def _alpaca(path: Path, name: str) -> Imported:
    try:
        found = read_rows(path)
    except DataError as error:
        return Imported(skipped={"an Alpaca file that cannot be read": 1}, notes=[str(error)])
    labels: dict[str, Any] = {"category": "rules", "subcategory": "alpaca", "verification": "imported"}
    made = [replace(row, **labels, group=row.group or f"rules:{name}:{number}") for number, row in found.good]
    return Imported(made, {"a pair that is none": len(found.bad)} if found.bad else {})


def _pairs(said: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return what was wrong and what is right, in one line or in a labelled line each.

    And the lines that are neither.
    """
    pairs: list[tuple[str, str]] = []
    others: list[str] = []
    wrong = ""
    for line in said:
        match = _MARKED.search(line) or _NAMED.match(line) or _ARROW.match(line)
        label, _, content = line.partition(":")
        marked = _LABEL.match(label) if content and len(label) < 24 else None
        if match:
            pairs.append((match[1], match[2]))
        elif line.startswith("❌") or (marked and marked[1]):
            wrong = line.lstrip("❌ ") if line.startswith("❌") else content.strip()
        elif wrong and (line.startswith("✅") or (marked and marked[2])):
            pairs.append((wrong, line.lstrip("✅ ") if line.startswith("✅") else content.strip()))
            wrong = ""
        else:
            others.append(line)
    return pairs, [*others, *([wrong] if wrong else [])]


def _ended(text: str) -> str:
    return text if text[-1:] in ".!?`)" else f"{text}."
