"""Adds the tokens that a model declares beside its `tokenizer.json`, in the order in which transformers adds them.

Older checkpoints keep tokens that were added in fine-tuning in `tokenizer_config.json` (`added_tokens_decoder`,
`additional_special_tokens`, the named special tokens) or in `added_tokens.json` alone; transformers and mlx-lm add them
to the vocabulary when they open the folder (`TokenizersBackend.__init__` in transformers 5).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tokenizers import AddedToken, Tokenizer

from vibecoder.errors import ModelError

__all__ = ["NAMED_TOKENS", "with_added_tokens"]

NAMED_TOKENS = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
"""The special tokens that every tokenizer of transformers has a name for, in its order."""
_FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")


def with_added_tokens(
    name: str,
    tokenizer: dict[str, Any],
    config: Mapping[str, Any],
    special_tokens_map: Mapping[str, Any],
    added_tokens: Mapping[str, Any],
) -> dict[str, Any]:
    """Add the tokens that the other files declare to a parsed `tokenizer.json`; the very same where it has them all.

    Raises:
        ModelError: a declared token is malformed, or the tokenizers library does not accept the file.
    """
    try:
        missing = _missing(tokenizer, config, special_tokens_map, added_tokens)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise ModelError(f"an added token of {name} is malformed ({error}); fetch the model again") from error
    if not missing:
        return tokenizer
    try:
        grown = Tokenizer.from_str(json.dumps(tokenizer))
    except Exception as error:  # the library raises bare Exception
        raise ModelError(f"the tokenizer.json of {name} is not usable: {error}") from error
    grown.add_tokens(missing)
    parsed: dict[str, Any] = json.loads(grown.to_str())
    return parsed


def _missing(
    tokenizer: Mapping[str, Any],
    config: Mapping[str, Any],
    special_tokens_map: Mapping[str, Any],
    added_tokens: Mapping[str, Any],
) -> list[AddedToken]:
    """Declared tokens that the tokenizer lacks or has with other flags, in the order of transformers."""
    known = {token["content"]: tuple(token[flag] for flag in _FLAGS) for token in tokenizer["added_tokens"]}
    is_new = "added_tokens_decoder" in config
    declared = dict(config) if is_new else {**config, **special_tokens_map}
    extra = declared.get("extra_special_tokens") or declared.get("additional_special_tokens") or ()
    named = [declared.get(key) for key in NAMED_TOKENS]
    named += [value for key, value in config.items() if key.endswith("_token") and key not in NAMED_TOKENS]
    if isinstance(extra, Mapping):
        named, extra = [*named, *extra.values()], ()
    special = [_token(value) for value in (*named, *extra) if isinstance(value, (str, Mapping))]
    if is_new:
        numbered = {int(number): _token(token) for number, token in config["added_tokens_decoder"].items()}
    else:
        texts = {token.content for token in special}
        numbered = {
            int(number): AddedToken(text, special=text in texts, normalized=text not in texts)
            for text, number in added_tokens.items()
            if text not in known
        }
    found = {
        token.content: token
        for _, token in sorted(numbered.items(), key=lambda each: each[0])
        if known.get(token.content) != tuple(getattr(token, flag) for flag in _FLAGS)
    }
    for token in special:
        if token.content not in known and token.content not in found:
            found[token.content] = token
    names = {token.content for token in _tokens(named)}
    for text, token in found.items():
        token.special = token.special or text in names
    return list(found.values())


def _tokens(values: Iterable[Any]) -> list[AddedToken]:
    return [_token(value) for value in values if isinstance(value, (str, Mapping))]


def _token(value: str | Mapping[str, Any]) -> AddedToken:
    if isinstance(value, str):
        return AddedToken(value, special=True)
    flags = {flag: bool(value[flag]) for flag in _FLAGS if flag in value}
    return AddedToken(value["content"], **flags)
