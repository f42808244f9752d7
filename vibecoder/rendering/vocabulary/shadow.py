"""A model's tokenizer with its control tokens renamed, so that text which merely spells one stays text.

Every control token gets a private name of four Unicode noncharacters under its own id. Encoding text in which only the
intended control tokens were swapped for their names then gives what the model's own tokenizer gives, except that a
literal `<|im_end|>` in somebody's source file is spelled out of ordinary tokens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tokenizers import Encoding, Tokenizer

from vibecoder.errors import DataError, ModelError

__all__ = ["NAME", "ShadowTokenizer"]

# The 32 noncharacters U+FDD0..U+FDEF are never assigned (Unicode 16, section 23.7): eight open a name, 24 continue it.
_FIRST, _REST, _DIGITS = 0xFDD0, 0xFDD8, 24
NAME = re.compile("[\ufdd0-\ufdd7][\ufdd8-\ufdef]{3}")

# Gemma's vocabulary has these tags as added tokens; ordinary text is meant to use them.
_HTML = re.compile(
    r"</?(a|b|blockquote|body|br|caption|code|dd|div|dl|dt|em|h[1-6]|head|hr|html|i|img|li|ol|p|pre|s|span|strong"
    r"|su[bp]|table|t[dhr]|t(body|head|foot)|u|ul)>"
)


def _private_name(index: int) -> str:
    digits = [index // _DIGITS**place % _DIGITS for place in (2, 1, 0)]
    return chr(_FIRST + index // _DIGITS**3) + "".join(chr(_REST + digit) for digit in digits)


def _is_control(token: Mapping[str, Any], templates: str) -> bool:
    """Tell whether an added token steers the model, or is a word or a run of spaces added to the vocabulary."""
    text: str = token["content"]
    if token["special"]:
        return True
    if not any(character in "<>[]{}|｜" for character in text):
        return False
    return _HTML.fullmatch(text) is None or text in templates


class ShadowTokenizer:
    """Encodes and decodes; `controls` maps the text of every control token to its id, `names` to its private name."""

    def __init__(self, model_name: str, tokenizer: Mapping[str, Any], templates: Iterable[str]) -> None:
        """Build from a parsed `tokenizer.json`, which is left as it is.

        Raises:
            ModelError: the tokenizers library does not accept the file.
        """
        source = "\0".join(templates)
        tokens = [token for token in tokenizer["added_tokens"] if _is_control(token, source)]
        self.controls: dict[str, int] = {token["content"]: token["id"] for token in tokens}
        self.names: dict[str, str] = {text: _private_name(index) for index, text in enumerate(self.controls)}
        self._texts = {name: text for text, name in self.names.items()}
        self._literal = any_of(self.controls)
        try:
            self._tokenizer = Tokenizer.from_str(json.dumps(_renamed(tokenizer, self.names)))
        except Exception as error:  # the library raises bare Exception
            raise ModelError(f"the tokenizer.json of {model_name} is not usable: {error}") from error

    def __len__(self) -> int:
        return int(self._tokenizer.get_vocab_size(with_added_tokens=True))

    def named(self, text: str) -> str:
        """Replace every spelled control token by its private name, longest first."""
        return self._literal.sub(lambda match: self.names[match[0]], text)

    def spelled(self, text: str) -> str:
        """Replace every private name by the control token it stands for."""
        return NAME.sub(lambda match: self._texts.get(match[0], match[0]), text)

    def count_names(self, text: str) -> int:
        """Count the private names that the text contains."""
        return sum(name in self._texts for name in NAME.findall(text))

    def encode(self, text: str) -> Encoding:
        """Token ids, and offsets in characters of `text`; only private names become control tokens.

        Raises:
            DataError: the text is not valid Unicode.
        """
        try:
            return self._tokenizer.encode(text, add_special_tokens=False)
        except (TypeError, UnicodeEncodeError) as error:
            raise DataError("a text holds half a surrogate pair; remove or repair that character") from error

    def decode(self, ids: Sequence[int]) -> str:
        """Decode ids as text, control tokens spelled out."""
        return self.spelled(self._tokenizer.decode(list(ids), skip_special_tokens=False))


def any_of(literals: Iterable[str]) -> re.Pattern[str]:
    """Make a pattern for the longest of the literals at the leftmost place; it never matches where there are none.

    It is a tree of their characters: models have thousands of control tokens, too many to try one after another.
    """
    texts = {text for text in literals if text}
    return re.compile(_tree(texts) if texts else r"(?!)")


def _tree(texts: Iterable[str]) -> str:
    rests: dict[str, list[str]] = {}
    for text in texts:
        rests.setdefault(text[:1], []).append(text[1:])
    optional = rests.pop("", None) is not None
    if not rests:
        return ""
    branches = [re.escape(first) + _tree(following) for first, following in sorted(rests.items())]
    if len(branches) == 1 and not optional:
        return branches[0]
    return f"(?:{'|'.join(branches)})" + ("?" if optional else "")


def _renamed(tokenizer: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    added = [
        {**token, "content": names[token["content"]], "single_word": False} if token["content"] in names else token
        for token in tokenizer["added_tokens"]
    ]
    model = dict(tokenizer["model"])
    vocabulary = model.get("vocab")
    if isinstance(vocabulary, dict):
        model["vocab"] = {names.get(text, text): number for text, number in vocabulary.items()}
    elif isinstance(vocabulary, list):
        model["vocab"] = [[names.get(text, text), score] for text, score in vocabulary]
    if model.get("unk_token") in names:
        model["unk_token"] = names[model["unk_token"]]
    if "merges" in model:
        model["merges"] = [merge for merge in model["merges"] if not _makes_control(merge, names)]
    # The post-processor only adds special tokens, which templates write themselves, and trims spaces out of offsets.
    return {**tokenizer, "added_tokens": added, "model": model, "post_processor": None} | _UNBOUNDED


_UNBOUNDED = {"truncation": None, "padding": None}


def _makes_control(merge: str | Sequence[str], names: Mapping[str, str]) -> bool:
    left, right = merge.split(" ", 1) if isinstance(merge, str) else merge
    return left + right in names or left in names or right in names
