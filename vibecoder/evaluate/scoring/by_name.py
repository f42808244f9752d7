"""Scorers by name: each judges a reply by the reference of its prompt, always the same way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial

from vibecoder.evaluate.scoring import patches
from vibecoder.evaluate.scoring.matching import Answer, answers_of, match
from vibecoder.evaluate.scoring.replies import code_of
from vibecoder.evaluate.scoring.rules import judge_rules
from vibecoder.evaluate.scoring.workspace import judge_workspace
from vibecoder.rendering import ChatTokenizer
from vibecoder.rendering.calls import HERMES, CallReader
from vibecoder.rendering.tool_calls import FORMS, lenient_calls
from vibecoder.types import Judgement, Prompt
from vibecoder.workspace import programs

__all__ = ["SCORERS", "judge_calls", "judge_completion", "judge_infill", "judge_program", "scorers_of"]


def judge_calls(prompt: Prompt, reply: str, reader: CallReader = HERMES) -> Judgement:
    """Judge a reply's tool calls against `reference["calls"]`, or `reference["answers"]` of allowed values.

    They are read in the form of the model's own template, thoughts left out. Measured as well: whether vLLM's Hermes
    parser, a JSON fence or bare JSON would have given the right calls (`hermes`, `fenced`, `bare`), whether a server
    makes them of the reply (`served`), and the `form` that the reply is written in.
    """
    answers, spoken = _answers(prompt), reader.spoken(reply)
    read = lenient_calls(spoken) | {"tagged": reader.read(reply, prompt.tools)}
    reasons = {form: match(answers, calls, prompt.tools) for form, calls in read.items()}
    form = next((name for name in FORMS if read[name]), "broken" if reader.tries(reply) else "none")
    reason = reasons["tagged"]
    if not answers and not reason and form != "none":
        reason = "calls a tool, in another form, where none fits"
    right = {name: not reasons[name] and (bool(read[name]) or form == "none") for name in ("hermes", "fenced", "bare")}
    measures = {"form": form, "format": form in ("tagged", "none"), "tagged": not reason, **right}
    own = right["hermes"] if reader.is_hermes else not reason
    measures["served"] = own or right["fenced"] or right["bare"]
    if reason and form in ("fenced", "bare") and right[form]:
        reason = (
            f"the right calls, but {'in a JSON fence' if form == 'fenced' else 'as bare JSON'}, not in the model's form"
        )
    return Judgement(float(not reason), reason, measures)


def _answers(prompt: Prompt) -> list[Answer]:
    given = prompt.reference.get("answers")
    if given is None:
        return answers_of(prompt.reference.get("calls") or (), prompt.tools)
    loose = bool(prompt.reference.get("loose"))
    return [
        Answer(
            each["name"],
            {key: [value for value in values if value != ""] or [""] for key, values in each["allowed"].items()},
            frozenset(key for key, values in each["allowed"].items() if "" in values),
            loose,
        )
        for each in given
    ]


def judge_program(prompt: Prompt, reply: str) -> Judgement:
    """Judge pass@1: run the reply's code, then `reference["tests"]`, beside `reference["files"]`, under limits.

    With `reference["path"]` the code is written there and the tests import it.
    """
    code = code_of(reply)
    measures = {"format": bool(code.strip()) and "```" in reply, "code_lines": len(code.splitlines())}
    if not code.strip():
        return Judgement(0.0, "no code in the reply", measures)
    files, tests = dict(prompt.reference.get("files") or {}), str(prompt.reference["tests"])
    if path := prompt.reference.get("path"):
        outcome = programs.run({**files, path: code}, tests)
    else:
        outcome = programs.run(files, f"{code}\n\n{tests}")
    return Judgement(float(outcome.passed), outcome.reason, measures)


def judge_completion(prompt: Prompt, reply: str) -> Judgement:
    """Judge pass@1 of a function to complete: the reply is all of it, or what follows `reference["prompt"]`."""
    code, start, entry = code_of(reply), str(prompt.reference["prompt"]), str(prompt.reference["entry_point"])
    whole = f"{_imports(start)}\n{code}" if f"def {entry}" in code else f"{start}{code}"
    tests = f"{prompt.reference['test']}\n\ncheck({entry})\n"
    outcome = programs.run({}, f"{whole}\n\n{tests}")
    return Judgement(float(outcome.passed), outcome.reason, {"format": "```" in reply})


def _imports(start: str) -> str:
    """Return what stands before the first function of the prompt, and the helpers before the one asked for."""
    head, _, _ = start.rpartition("\ndef ")
    return head


def judge_infill(prompt: Prompt, reply: str) -> Judgement:
    """Judge a filled-in span: run `prefix + reply + suffix`, then `reference["tests"]`, under limits.

    `reference["middle"]` tells whether it is the very span that stood there (`exact`).
    """
    exact = reply.strip() == str(prompt.reference.get("middle", "")).strip()
    measures = {"exact": exact, "format": "```" not in reply, "diff_lines": len(reply.splitlines())}
    outcome = programs.run({}, f"{prompt.prefix}{reply}{prompt.suffix}\n\n{prompt.reference['tests']}")
    return Judgement(float(outcome.passed), outcome.reason, measures)


def judge_json(prompt: Prompt, reply: str) -> Judgement:
    """Judge whether a reply is JSON, fenced or not, equal to `reference["value"]`."""
    text = code_of(reply, ("json", ""))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Judgement(0.0, f"not JSON: {error}", {"format": False})
    right = value == prompt.reference["value"]
    return Judgement(float(right), "" if right else "another value", {"format": True})


def scorers_of(tokenizer: ChatTokenizer) -> dict[str, Callable[[Prompt, str], Judgement]]:
    """Return the scorers for the replies of one model, whose calls are read in its own template's form."""
    return {**SCORERS, "calls": partial(judge_calls, reader=tokenizer.calls)}


SCORERS: Mapping[str, Callable[[Prompt, str], Judgement]] = {
    "calls": judge_calls,
    "completion": judge_completion,
    "infill": judge_infill,
    "json": judge_json,
    "patch": patches.judge_patch,
    "program": judge_program,
    "rules": judge_rules,
    "workspace": judge_workspace,
}
