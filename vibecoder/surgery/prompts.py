"""Reads evaluation prompts out of files, whatever form they have, for rows to be compared with"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vibecoder.appending import explain
from vibecoder.errors import DataError
from vibecoder.surgery.decontaminate import Prompts

__all__ = ["prompt_texts", "read_prompts"]

_NAMES = ("prompt", "question", "instruction", "text", "prefix", "suffix", "input")


def read_prompts(paths: Iterable[Path]) -> Prompts:
    """The prompts of JSON lines (of evaluation suites, datasets, other tools) or a JSON array, else text, one a line.

    Raises:
        DataError: a file cannot be read or holds no prompt of five words or more.
    """
    texts: list[str] = []
    for path in paths:
        try:
            content = path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError as error:
            raise DataError(f"no file of prompts at {path}; check the path") from error
        except OSError as error:
            raise DataError(f"cannot read {path}: {explain(error)}") from error
        except UnicodeDecodeError as error:
            raise DataError(f"{path} is not UTF-8 text; save it as UTF-8") from error
        found = list(_texts(content))
        if not len(Prompts(found)):
            raise DataError(f"{path} holds no prompt of five words or more; write one a line")
        texts += found
    return Prompts(texts)


def prompt_texts(row: Any) -> Iterator[str]:
    """What a prompt says: the user's turns, or the fields that are prompts in other forms."""
    if isinstance(row, str):
        yield row
        return
    if not isinstance(row, Mapping):
        return
    for name in ("messages", "prompt"):
        turns = row.get(name)
        if isinstance(turns, list):
            yield from (
                turn["content"] for turn in turns
                if isinstance(turn, Mapping) and turn.get("role") == "user" and isinstance(turn.get("content"), str)
            )  # fmt: skip
    yield from (row[name] for name in _NAMES if isinstance(row.get(name), str))


def _texts(content: str) -> Iterator[str]:
    if content.lstrip().startswith("["):
        try:
            for row in json.loads(content):
                yield from prompt_texts(row)
            return
        except ValueError:
            pass
    for line in content.split("\n"):
        try:
            yield from prompt_texts(json.loads(line))
        except ValueError:
            yield line
