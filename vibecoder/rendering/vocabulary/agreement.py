"""Compares a model's tokenizer with transformers' own for the same folder, once a folder, before its ids are trusted.

Both backends generate with transformers' tokenizer (mlx-lm wraps it), and so do the servers that the tuned model goes
to. A probe holds every special token between ordinary texts; where one of them is encoded otherwise, rows would teach
a model that nobody runs.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from vibecoder.errors import ModelError
from vibecoder.models import NANO, cache_folder

__all__ = ["check_agreement"]

_FILES = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "config.json",
    "tokenizer.model", "vocab.json", "merges.txt",
)  # fmt: skip
_FORM = 1
"""Raised when the probes change, so that folders found equal by older ones are compared again."""
_TEXTS = (
    "Plain words, 1234567 numbers and  spaces.\n\n\tdef naïve(x: int) -> str:\n        return x  # ✓ 漢字 😀\r\n",
    '{"name": "look_up", "arguments": {"city": "Oslo", "at": [1, 2.5, null]}}',
)
_AT_ONCE = 32


class _Encoder(Protocol):
    def encode(self, text: str) -> list[int]: ...


def check_agreement(folder: Path, name: str, tokenizer: _Encoder, tokens: Sequence[str]) -> None:
    """Refuse a folder whose `tokenizer` gives other ids than transformers' own for texts with each of its `tokens`.

    Nothing is compared where transformers is not installed or cannot open the folder; nano is compared by a test. What
    was found equal is remembered by the content of the files and the version of transformers.

    Raises:
        ModelError: the ids differ; the message has the first text that does.
    """
    if folder.resolve() == NANO.resolve() or importlib.util.find_spec("transformers") is None:
        return
    seen = cache_folder() / "tokenizers" / _digest(folder)
    if seen.exists():
        return
    theirs = _reference(folder)
    if theirs is None:
        return
    for text in _differing(tokenizer.encode, theirs, _TEXTS, tokens):
        raise ModelError(
            f"the tokenizer of {name} gives other ids here than in transformers {version('transformers')} for "
            f"{text[:60]!r}: its files contradict each other; save it again with transformers' save_pretrained"
        )
    try:
        seen.parent.mkdir(parents=True, exist_ok=True)
        seen.touch()
    except OSError:  # a folder that cannot be written costs a second comparison, nothing else
        return


def _differing(
    ours: Callable[[str], list[int]], theirs: Callable[[str], list[int]], texts: Sequence[str], tokens: Sequence[str]
) -> list[str]:
    """Find the first text that the two encode otherwise: one of `texts`, or a token between words."""
    for text in texts:
        if ours(text) != theirs(text):
            return [text]
    for start in range(0, len(tokens), _AT_ONCE):
        some = tokens[start : start + _AT_ONCE]
        probe = "".join(f"a {token}b\n{token}" for token in some)
        if ours(probe) != theirs(probe):
            alone = (token for token in some if ours(f"a {token}b\n{token}") != theirs(f"a {token}b\n{token}"))
            return [next(alone, probe)]
    return []


def _reference(folder: Path) -> Callable[[str], list[int]] | None:
    """Open transformers' encoding of a text without added beginnings and ends; None where it cannot open the folder."""
    quiet = logging.getLogger("transformers")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        from transformers import AutoTokenizer

        tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False, local_files_only=True)
    except Exception:  # of any kind: an unknown class, code of the model's own, a missing library
        return None
    finally:
        quiet.setLevel(level)
    return lambda text: list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _digest(folder: Path) -> str:
    found = hashlib.sha256(json.dumps([_FORM, version("transformers"), version("tokenizers")]).encode())
    for name in _FILES:
        path = folder / name
        found.update(name.encode())
        found.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"-")
    return found.hexdigest()[:32]
