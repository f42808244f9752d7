"""Makes the rows of `from-telemetry`: good interactions out of a log of events, thumbs and comparisons."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError, os_reason
from vibecoder.types import Comparison, Example, Imported, ImportJob, Rated, Record
from vibecoder_datasets.importers.telemetry.events import Interaction, interaction, pattern

__all__ = ["SYSTEM", "rows"]

SYSTEM = "You are a helpful AI coding assistant."
_PROMPT, _RESPONSE = 20, 10
"""Characters that a prompt and a response must exceed."""
_CUT = "a log whose last line is cut off; what stands before it is kept"


def rows(job: ImportJob) -> Iterator[Imported]:
    """Yield one `Imported` for each line.

    Raises:
        DataError: the file cannot be read.
    """
    seen: Counter[str] = Counter()
    voted: dict[tuple[bytes, bool], str] = {}
    try:
        with open(job.source, "rb") as file:
            for line in file:
                if line.strip():
                    yield _line(line, job.options, seen, voted, job.source)
    except OSError as error:
        raise DataError(f"cannot read {job.source}: {os_reason(error)}") from error


def _line(
    line: bytes, options: Mapping[str, Any], seen: Counter[str], voted: dict[tuple[bytes, bool], str], path: Path
) -> Imported:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        if line.endswith(b"\n"):
            return Imported(skipped={"a line that is not JSON": 1})
        return Imported(skipped={"a last line that is cut off": 1}, notes=[_CUT])
    found = interaction(row) if isinstance(row, Mapping) else None
    if found is None:
        return Imported(skipped={"an event that is no interaction": 1})
    labels = _labels(found, path)
    feedback = list(_feedback(found, labels, voted))
    reason = _refusal(found, options)
    if not reason:
        kind = pattern(found)
        seen[kind] += 1
        if seen[kind] > int(options["per_pattern"]):
            reason = "a pattern that has enough rows"
    if reason:
        return Imported(feedback, {reason: 1})
    messages = [*_asked(found), {"role": "assistant", "content": found.response}]
    example: Record = Example(messages=messages, subcategory=found.kind, **labels)
    return Imported([example, *feedback])


def _refusal(found: Interaction, options: Mapping[str, Any]) -> str:
    """Return why an interaction is not worth learning from, "" if it is."""
    if len(found.prompt) <= _PROMPT:
        return f"a prompt of {_PROMPT} characters or fewer"
    if len(found.response) <= _RESPONSE:
        return f"a response of {_RESPONSE} characters or fewer"
    if found.prompt == found.response:
        return "a response that repeats its prompt"
    if found.iterations > int(options["max_iterations"]):
        return f"more than {options['max_iterations']} iterations"
    if found.outcome is False or found.thumb is False:
        return "a bad outcome"
    if options["evidence"] and found.outcome is None and found.thumb is None:
        return "an outcome that is not known"
    return ""


def _feedback(found: Interaction, labels: dict[str, Any], voted: dict[tuple[bytes, bool], str]) -> Iterator[Record]:
    """Yield a thumb for a vote, and a comparison when the same prompt has one of each."""
    if found.thumb is None or len(found.response) <= _RESPONSE:
        return
    reply = [{"role": "assistant", "content": found.response}]
    yield Rated(messages=_asked(found), completion=reply, label=found.thumb, subcategory="vote", **labels)
    prompt = hashlib.sha256(found.prompt.encode("utf-8", "surrogatepass")).digest()
    other = voted.pop((prompt, not found.thumb), None)
    if other is None or other == found.response:
        voted.setdefault((prompt, found.thumb), found.response)
        return
    replies = [reply, [{"role": "assistant", "content": other}]]
    chosen, rejected = replies if found.thumb else reversed(replies)
    yield Comparison(messages=_asked(found), chosen=chosen, rejected=rejected, subcategory="votes", **labels)


def _asked(found: Interaction) -> list[dict[str, Any]]:
    return [{"role": "system", "content": found.system or SYSTEM}, {"role": "user", "content": found.prompt}]


def _labels(found: Interaction, path: Path) -> dict[str, Any]:
    metadata = {
        "pattern_id": found.identity, "interaction_type": found.kind, "iterations": found.iterations,
        "backend": found.backend, "success_metrics": {"efficiency": round(1 / found.iterations, 2)},
    }  # fmt: skip
    prompt = hashlib.sha256(found.prompt.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return {
        "category": "telemetry", "group": f"telemetry:{prompt}", "verification": "imported",
        "provenance": {"importer": "telemetry", "file": path.name, "metadata": metadata},
    }  # fmt: skip
