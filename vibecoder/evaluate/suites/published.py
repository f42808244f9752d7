"""Adapters for suites that others publish, in their own files: BFCL's and HumanEval's JSON lines."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError
from vibecoder.types import Prompt, SuiteJob

__all__ = ["bfcl", "humaneval"]

_NO_CALL = ("irrelevance", "relevance")
_KINDS = {"dict": "object", "float": "number", "tuple": "array", "any": None, "double": "number", "long": "integer"}
_UNSCORED = (
    "multi_turn", "exec", "executable", "rest", "java", "javascript", "sql", "chatable", "memory", "web_search",
    "format_sensitivity",
)  # fmt: skip
"""What the names of categories hold that need an engine of their own, or are about another language."""
_COMPLETE = "Complete this Python function. Reply with the whole function in one code block."


def humaneval(job: SuiteJob) -> list[Prompt]:
    """Read OpenAI's HumanEval (Chen et al., 2021): `task_id`, `prompt`, `entry_point`, `test` a line; may be gzipped.

    The model is asked to complete the function; replies are scored by its tests, pass@1.
    """
    prompts = []
    for number, row in _rows(_named(job, "humaneval")):
        missing = [key for key in ("task_id", "prompt", "entry_point", "test") if not isinstance(row.get(key), str)]
        if missing:
            raise DataError(f"{job.path}:{number}: no row of HumanEval, it lacks {missing[0]}")
        ask = f"{_COMPLETE}\n\n```python\n{row['prompt']}```"
        prompts.append(
            Prompt(
                id=f"humaneval/{row['task_id']}",
                suite="humaneval",
                category="pass@1",
                messages=({"role": "user", "content": ask},),
                scorer="completion",
                reference={key: row[key] for key in ("prompt", "entry_point", "test")},
                max_new_tokens=384,
            )
        )
    return prompts


def bfcl(job: SuiteJob) -> list[Prompt]:
    """Read a file, or a folder of files, of the Berkeley Function Calling Leaderboard, versions 1 to 4.

    Rows have `id`, `question`, `function`; answers stand in the file of the same name in `possible_answer/` beside it,
    `{"id", "ground_truth": [{name: {argument: [allowed, ...]}}]}`, where an allowed `""` means that the argument may
    be left out. Categories that need an execution engine or another language than Python are left out.
    """
    path = _named(job, "bfcl")
    files = sorted(each for each in path.glob("*.json*") if each.is_file()) if path.is_dir() else [path]
    prompts = [prompt for file in files for prompt in _of_file(file, alone=file == path)]
    if not prompts:
        raise DataError(f"{path} holds no rows of BFCL that can be scored; give one of its files, such as simple")
    return prompts


def _of_file(file: Path, *, alone: bool) -> Iterator[Prompt]:
    category = file.name.split(".")[0]
    for prefix in ("BFCL_v4_", "BFCL_v3_", "BFCL_v2_", "BFCL_v1_", "gorilla_openfunctions_v1_test_"):
        category = category.removeprefix(prefix)
    words = category.removeprefix("live_")
    if any(f"_{kind}_" in f"_{words}_" for kind in _UNSCORED):
        if alone:
            raise DataError(f"{file}: the category {category} is not scored by matching calls; take another file")
        return
    empty = words.startswith(_NO_CALL) and words != "relevance"
    answers = {} if empty else _answers(file)
    if answers is None:
        if alone:
            raise DataError(f"{file} has no answers beside it; keep BFCL's folder possible_answer next to its files")
        return
    for number, row in _rows(file):
        if not {"id", "question", "function"} <= row.keys():
            raise DataError(f"{file}:{number}: no row of BFCL, it needs id, question and function")
        if not empty and row["id"] not in answers:
            raise DataError(f"{file}:{number}: no answer to {row['id']} in possible_answer/{file.name}")
        functions = row["function"] if isinstance(row["function"], list) else [row["function"]]
        expected = [
            {"name": name, "allowed": allowed}
            for call in ([] if empty else answers[row["id"]])
            for name, allowed in call.items()
        ]
        yield Prompt(
            id=f"bfcl/{row['id']}",
            suite="bfcl",
            category=category,
            messages=tuple(_messages(row["question"])),
            tools=tuple({"type": "function", "function": _converted(each)} for each in functions),
            scorer="calls",
            reference={"answers": expected, "loose": True},
            max_new_tokens=256,
        )


def _answers(file: Path) -> dict[str, list[Mapping[str, Any]]] | None:
    place = file.parent / "possible_answer" / file.name
    if not place.exists():
        return None
    return {row["id"]: row["ground_truth"] for _, row in _rows(place) if {"id", "ground_truth"} <= row.keys()}


def _messages(question: Any) -> list[dict[str, Any]]:
    """Convert the question, given as text, messages or turns of messages (single-turn rows have one), to messages."""
    if isinstance(question, str):
        return [{"role": "user", "content": question}]
    turn = question[0] if question and isinstance(question[0], list) else question
    return [{"role": each["role"], "content": each["content"]} for each in turn]


def _converted(schema: Any) -> Any:
    """Convert BFCL's types to JSON Schema's, as its own handlers do; `optional` notes are left as they are."""
    if isinstance(schema, list):
        return [_converted(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {key: _converted(value) for key, value in schema.items()}
    kind = converted.get("type")
    if isinstance(kind, str) and kind in _KINDS:
        if _KINDS[kind] is None:
            del converted["type"]
        else:
            converted["type"] = _KINDS[kind]
    return converted


def _named(job: SuiteJob, name: str) -> Path:
    if job.path is None:
        raise DataError(f"the suite {name} needs its published file; give --suite {name}:PATH")
    if not job.path.exists():
        raise DataError(f"there is no {job.path}; give the published file, --suite {name}:PATH")
    return job.path


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the objects of a file of JSON lines with their line numbers, gunzipped where its name ends in `.gz`."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = data.decode("utf-8").split("\n")
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{path}:{number}: not JSON: {error}; one object a line is needed") from error
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: not a JSON object")
        yield number, row
