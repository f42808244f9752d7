"""Write the Modelfile of a tuned model: its template, stops, context, system text and licence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from vibecoder.errors import OutputError
from vibecoder.export.ollama.chatml import recognise
from vibecoder.export.ollama.go_template import go_template
from vibecoder.export.ollama.modelfile import write
from vibecoder.models import read_config
from vibecoder.rendering import ChatTokenizer

__all__ = ["Written", "write_modelfile"]

_CONTEXT = 8192
"""Tokens of context where nobody says otherwise: what is trained on fits, and the cache of a 3B model stays small."""
_GREEDY: tuple[tuple[str, int], ...] = (("temperature", 0), ("repeat_penalty", 1))
"""As replies are judged in evaluation; older versions of Ollama punish repetitions, of which code is full."""


@dataclass(frozen=True, slots=True)
class Written:
    """A Modelfile that was written; `notices` say what of the training template it does not carry."""

    path: Path
    notices: tuple[str, ...]


def write_modelfile(
    gguf: Path,
    model: Path,
    *,
    system: str | None = None,
    context: int | None = None,
    licence: str | None = None,
) -> Written:
    """Write `Modelfile` beside a GGUF file, from the folder of the model that it was made of.

    `system` replaces the text that the model's own template begins with; `context` is in tokens.

    Raises:
        ModelError: the folder holds no tokenizer or no chat template.
        OutputError: the file cannot be written.
    """
    tokenizer = ChatTokenizer.load(model)
    notices = []
    form = recognise(tokenizer)
    template = ""
    if form is None:
        notices.append(
            f"no TEMPLATE: what the chat template of {tokenizer.name} prints is not ChatML with Hermes tool calls; "
            "Ollama of 2026 then renders the template inside the GGUF file, older versions hand prompts on as they are"
        )
    else:
        template = go_template(form)
        if form.before_tools is None:
            notices.append(f"the chat template of {tokenizer.name} shows no tools, so Ollama will offer none")
    longest = read_config(model).get("max_position_embeddings")
    context = context or min(_CONTEXT, int(longest or _CONTEXT))
    stops = [tokenizer.decode([stop]) for stop in tokenizer.stop_ids]
    text = write(
        f"./{gguf.name}",
        template=template,
        system=system if system is not None else (form.system or "" if form else ""),
        parameters=[*(("stop", stop) for stop in stops), ("num_ctx", context), *_GREEDY],
        licence=licence if licence is not None else _licence(model),
        notes=(f"{gguf.stem}, by vibecoder; import it with `ollama create NAME -f Modelfile`",),
    )
    path = gguf.with_name("Modelfile")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError.of(path, error) from error
    return Written(path, tuple(notices))


def _licence(model: Path) -> str:
    """Return the text of the model's licence, or the name that its card gives."""
    for name in ("LICENSE", "LICENSE.txt", "LICENSE.md"):
        if (model / name).is_file():
            return (model / name).read_text(encoding="utf-8", errors="replace").strip()
    try:
        card = (model / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(r"^license:\s*[\"']?([\w.-]+)", card, re.MULTILINE)
    return found[1] if found else ""
