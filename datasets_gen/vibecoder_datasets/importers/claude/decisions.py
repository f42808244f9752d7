"""Write what the assistant asked the user and what the user decided as turns: `AskUserQuestion`, `ExitPlanMode`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vibecoder_datasets.importers.claude.blocks import Result, listed, text_of
from vibecoder_datasets.importers.claude.turns import Call

__all__ = ["decided", "is_decision"]

_QUESTIONS = ("AskUserQuestion",)
_PLANS = ("ExitPlanMode", "exit_plan_mode")
_APPROVED = re.compile(r"\A\s*(?:The )?user has approved", re.IGNORECASE)
_ANSWER = re.compile(r'\A(.*)"(?: selected preview:.*?)?(?: user notes: (.*))?\Z', re.DOTALL)
_EDITED = re.compile(r"## Approved Plan \(edited by (?:the )?user\):?\s*(.+)\Z", re.DOTALL)
_PLAN = re.compile(r"## Approved Plan[^\n]*\n+(.+)\Z", re.DOTALL)
_YES = "Yes."


def is_decision(name: str) -> bool:
    """Tell whether a tool asks the user to decide something."""
    return name in _QUESTIONS or name in _PLANS


def decided(call: Call, result: Result) -> tuple[str, str] | None:
    """Return what the assistant asked, and what the user answered; None if either is not known."""
    if call.name in _QUESTIONS:
        return _answered(call.input, result)
    edited, told = _EDITED.search(result.text), _PLAN.search(result.text)
    plan = text_of(call.input.get("plan")) or text_of(result.data.get("plan")) or (told[1].strip() if told else "")
    if not plan.strip():
        return None
    if result.rejected:
        return (plan.strip(), result.words) if result.words else None
    if result.is_error or not _APPROVED.search(result.text):
        return None
    changed = edited[1].strip() if edited else ""
    return plan.strip(), f"Yes, with these changes:\n\n{changed}" if changed and changed != plan.strip() else _YES


def _answered(given: Mapping[str, Any], result: Result) -> tuple[str, str] | None:
    questions = [asked for asked in listed(given.get("questions")) if text_of(asked.get("question"))]
    if not questions:
        return None
    asked = "\n\n".join(map(_asked, questions))
    if result.rejected:
        return (asked, result.words) if result.words else None
    names = [text_of(question["question"]) for question in questions]
    answers = _answers(names, result)
    if result.is_error or not any(answers):
        return None
    if len(names) == 1:
        return asked, answers[0]
    return asked, "\n".join(f"{name} {answer}" for name, answer in zip(names, answers, strict=True) if answer)


def _asked(question: Mapping[str, Any]) -> str:
    """Return a question with its options, each in a line."""
    options = []
    for option in listed(question.get("options")):
        label, about = text_of(option.get("label")), text_of(option.get("description"))
        if label:
            options.append(f"- {label}: {about}" if about else f"- {label}")
    return "\n".join([text_of(question["question"]), *options])


def _answers(questions: Sequence[str], result: Result) -> list[str]:
    """Return the answer to each question, "" for none, from what the program kept, else from the result."""
    kept, notes = result.data.get("answers"), result.data.get("annotations")
    if isinstance(kept, Mapping) and any(_spoken(kept.get(question)) for question in questions):
        return [_noted(_spoken(kept.get(question)), notes, question) for question in questions]
    marks = [(result.text.find(f'"{question}"="'), question) for question in questions]
    starts = sorted((at, question) for at, question in marks if at >= 0)
    told: dict[str, str] = {}
    for number, (at, question) in enumerate(starts):
        begin = at + len(question) + 4
        end = starts[number + 1][0] if number + 1 < len(starts) else len(result.text)
        told[question] = _quoted(result.text[begin:end])
    return [told.get(question, "") for question in questions]


def _quoted(text: str) -> str:
    """Return an answer up to the quote that ends it, and the user's notes."""
    text = re.sub(r"\.\s+You can now continue.*\Z", "", text, flags=re.DOTALL).strip().rstrip(",.").rstrip()
    found = _ANSWER.match(text)
    return "\n".join(part.strip() for part in found.groups() if part and part.strip()) if found else ""


def _noted(answer: str, notes: Any, question: str) -> str:
    note = notes.get(question) if isinstance(notes, Mapping) else None
    added = text_of(note.get("notes")).strip() if isinstance(note, Mapping) else ""
    return "\n".join(filter(None, (answer, added)))


def _spoken(answer: Any) -> str:
    if isinstance(answer, list):
        return ", ".join(text for text in map(text_of, answer) if text)
    return text_of(answer).strip()
