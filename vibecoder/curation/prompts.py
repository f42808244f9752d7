"""Read the evaluation prompts that rows are compared with, from suites by name and from files of any form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibecoder.curation.decontaminate import Prompts
from vibecoder.errors import DataError, os_reason

if TYPE_CHECKING:
    from vibecoder.types import SuiteSpec

__all__ = ["evaluation_prompts", "prompt_texts"]

_NAMES = ("prompt", "question", "instruction", "text", "prefix", "suffix", "input")


def evaluation_prompts(given: Sequence[str], suites: bool) -> tuple[Prompts, list[str]]:
    """Read the prompts of each `NAME`, `NAME:PATH` or file given, and of every suite that needs no file if `suites`.

    With them the names of what they are from.

    Raises:
        DataError: a file cannot be read, holds no prompt of five words or more, or there is no such file or suite.
    """
    from vibecoder import plugins
    from vibecoder.evaluate.suites.by_name import available, choose_suites

    registry = plugins.load()
    known: Mapping[str, SuiteSpec] = available(registry)
    wanted = [name for name, spec in known.items() if suites and not spec.takes_path]
    texts: list[str] = []
    for name in given:
        if not Path(name).exists() and name.split(":", 1)[0] in known:
            wanted.append(name)
        else:
            texts += _of_file(Path(name), known)
    for spec, path in choose_suites(list(dict.fromkeys(wanted)), registry) if wanted else ():
        texts += _of_suite(spec, path)
    return Prompts(texts), [*dict.fromkeys([*wanted, *given])]


def _of_suite(spec: SuiteSpec, path: Path | None) -> Iterator[str]:
    """List the texts of a suite's prompts; a suite made of held-out rows has none here."""
    from vibecoder.types import SuiteJob

    for prompt in spec.prompts(SuiteJob(path=path)):
        said = {"messages": list(prompt.messages), "prefix": prompt.prefix, "suffix": prompt.suffix}
        yield from prompt_texts(said, ("user", "assistant", "tool"))


def _of_file(path: Path, known: Iterable[str]) -> list[str]:
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"no file and no suite {path}; suites are {', '.join(known)}") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {os_reason(error)}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text; save it as UTF-8") from error
    found = list(_texts(content))
    if not len(Prompts(found)):
        raise DataError(f"{path} holds no prompt of five words or more; write one a line")
    return found


def prompt_texts(row: Any, roles: Sequence[str] = ("user",)) -> Iterator[str]:
    """List a prompt's texts: the turns of `roles`, or the fields that are prompts in other forms."""
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
                if isinstance(turn, Mapping) and turn.get("role") in roles and isinstance(turn.get("content"), str)
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
