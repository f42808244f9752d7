"""Reads what a model's folder says about its tokenizer and its chat template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.errors import ModelError
from vibecoder.rendering.vocabulary.added_tokens import NAMED_TOKENS, with_added_tokens

__all__ = ["TokenizerFiles", "read_files"]


@dataclass(frozen=True, slots=True)
class TokenizerFiles:
    """A model's tokenizer on disk.

    `tokenizer` is `tokenizer.json` parsed, with the tokens that the other files add; `special_tokens` maps the names
    templates use (`eos_token`) to token text; `templates` maps template names to Jinja source, always with a
    `default`; `stop_tokens` are ids and texts that end a generation; `add_bos` says whether raw text is given the
    beginning-of-sequence token.
    """

    name: str
    tokenizer: dict[str, Any]
    special_tokens: Mapping[str, str]
    templates: Mapping[str, str]
    stop_tokens: tuple[int | str, ...]
    add_bos: bool


def read_files(folder: Path) -> TokenizerFiles:
    """Read the tokenizer's files as transformers 5 lays them out, and as older versions did.

    Raises:
        ModelError: `tokenizer.json` or the chat template is missing, or a file is not what its name says.
    """
    name = folder.name
    if not (folder / "tokenizer.json").is_file():
        raise ModelError(f"{folder} has no tokenizer.json; save the model's tokenizer there in its fast form")
    tokenizer = _json(folder / "tokenizer.json")
    config = _json(folder / "tokenizer_config.json", optional=True)
    special_map = _json(folder / "special_tokens_map.json", optional=True)
    # As in transformers: the map was replaced by the config's own tokens, and comes first where those are not there.
    is_new = "added_tokens_decoder" in config
    special = _special_tokens(*((config, special_map) if is_new else (special_map, config)))
    added = _json(folder / "added_tokens.json", optional=True)
    tokenizer = with_added_tokens(name, tokenizer, config, special_map, added)
    templates = _templates(folder, config)
    if "default" not in templates:
        raise ModelError(f"the model {name} has no chat template; use an instruct model, or add a chat_template.jinja")
    generation = _json(folder / "generation_config.json", optional=True)
    eos = generation.get("eos_token_id")
    stops: list[int | str] = [eos] if isinstance(eos, int) else list(eos or ())
    if "eos_token" in special:
        stops.append(special["eos_token"])
    return TokenizerFiles(name, tokenizer, special, templates, tuple(stops), _adds_bos(tokenizer, config, special))


def _json(path: Path, optional: bool = False) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if optional:
            return {}
        raise
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as JSON ({error}); fetch the model again") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} holds no JSON object; fetch the model again")
    return value


def _special_tokens(*sources: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for source in sources:
        for name in NAMED_TOKENS:
            token = source.get(name)
            text = token.get("content") if isinstance(token, dict) else token
            if isinstance(text, str):
                found.setdefault(name, text)
    return found


def _templates(folder: Path, config: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    legacy = _json(folder / "chat_template.json", optional=True)
    for declared in (config.get("chat_template"), legacy.get("chat_template")):
        if isinstance(declared, str):
            found["default"] = declared
        elif isinstance(declared, list):
            found.update({entry["name"]: entry["template"] for entry in declared})
        elif isinstance(declared, dict):
            found.update(declared)
    for path in sorted((folder / "additional_chat_templates").glob("*.jinja")):
        found[path.stem] = path.read_text(encoding="utf-8")
    if (folder / "chat_template.jinja").is_file():
        found["default"] = (folder / "chat_template.jinja").read_text(encoding="utf-8")
    return found


def _adds_bos(tokenizer: Mapping[str, Any], config: Mapping[str, Any], special: Mapping[str, str]) -> bool:
    bos = special.get("bos_token")
    if bos is None or config.get("add_bos_token") is False:
        return False
    if config.get("add_bos_token"):
        return True
    processor = tokenizer.get("post_processor") or {}
    for part in [processor, *processor.get("processors", [])]:
        first = (part.get("single") or [{}])[0]
        if first.get("SpecialToken", {}).get("id") == bos:
            return True
    return False
