"""Create a model on an Ollama server from a Modelfile and the GGUF file beside it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from vibecoder.errors import DataError, HubError
from vibecoder.export.ollama.lint import lint
from vibecoder.export.ollama.modelfile import PARAMETERS, Instruction, parse
from vibecoder.export.ollama.server import OllamaServer

__all__ = ["check_name", "create"]

_NAME = re.compile(r"(?:[\w.-]+/)*[A-Za-z0-9][\w.-]*(?::[A-Za-z0-9][\w.-]*)?")
_TRIES = 3


class Told(Protocol):
    """Show progress: `by` more of `total` bytes of what is going on."""

    def __call__(self, doing: str, by: int = 0, total: int | None = None) -> None: ...


def check_name(name: str) -> str:
    """Return the name of a model for Ollama with its tag.

    Raises:
        HubError: Ollama would refuse it.
    """
    if not _NAME.fullmatch(name) or len(name) > 160:
        raise HubError(f"{name} is no name of a model for Ollama; give one such as my-coder:v1")
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"


def create(name: str, modelfile: Path, server: OllamaServer, tell: Told) -> str:
    """Upload the GGUF file that a Modelfile names, unless the server has it, create the model and return its name.

    An upload that breaks is begun again; a file that has arrived whole is never sent again.

    Raises:
        DataError: the Modelfile has an error, or names no file.
        HubError: no server, another server, a full disk there, or it refuses.
    """
    name = check_name(name)
    instructions = _checked(modelfile)
    server.version()
    files = {}
    for source in _values(instructions, "FROM"):
        path = Path(source).expanduser()
        path = path if path.is_absolute() else modelfile.parent / path
        if not path.is_file():
            raise DataError(f"{modelfile}: FROM {source} is no file; create needs the GGUF file itself")
        digest = _digest(path, tell)
        files[path.name] = digest
        _send(path, digest, server, tell)
    for status in server.create({"model": name, "files": files, **_request(instructions)}):
        tell(status)
    return name


def _send(path: Path, digest: str, server: OllamaServer, tell: Told) -> None:
    for attempt in range(1, _TRIES + 1):
        if server.has_blob(digest):
            return
        try:
            return server.send_blob(path, digest, lambda by: tell(f"sending {path.name}", by, path.stat().st_size))
        except HubError as error:
            if attempt == _TRIES or not isinstance(error.__cause__, OSError):
                raise
            tell("the connection broke, sending again")


def _checked(modelfile: Path) -> Sequence[Instruction]:
    try:
        text = modelfile.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"{modelfile} cannot be read ({error}); give a Modelfile") from error
    errors = [found for found in lint(text, modelfile.parent) if found.is_error]
    if errors:
        more = f" (and {len(errors) - 1} more, see `vibecoder export lint`)" if errors[1:] else ""
        raise DataError(f"{modelfile}, {str(errors[0]).removeprefix('error: ')}{more}")
    return parse(text).instructions


def _request(instructions: Sequence[Instruction]) -> dict[str, Any]:
    """Put what a Modelfile says into the fields of `/api/create`."""
    parameters: dict[str, Any] = {}
    for each in instructions:
        if each.name != "PARAMETER" or each.key not in PARAMETERS:
            continue
        kind = PARAMETERS[each.key]
        if kind is str:
            parameters.setdefault(each.key, []).append(each.value)
        else:
            parameters[each.key] = each.value.lower() in ("1", "t", "true") if kind is bool else kind(each.value)
    messages = [{"role": each.key, "content": each.value} for each in instructions if each.name == "MESSAGE"]
    request: dict[str, Any] = {
        "parameters": parameters,
        "messages": messages,
        "license": _values(instructions, "LICENSE"),
    }
    for field in ("template", "system", "renderer", "parser", "requires"):
        request[field] = (_values(instructions, field.upper()) or [""])[-1]
    return {field: value for field, value in request.items() if value}


def _values(instructions: Sequence[Instruction], name: str) -> list[str]:
    return [each.value for each in instructions if each.name == name]


def _digest(path: Path, tell: Told) -> str:
    found, total = hashlib.sha256(), path.stat().st_size
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            found.update(part)
            tell(f"reading {path.name}", len(part), total)
    return f"sha256:{found.hexdigest()}"
