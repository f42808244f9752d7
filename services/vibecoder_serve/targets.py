"""From what is named on the command line to a base model, its adapters by name, and an engine."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vibecoder import plugins
from vibecoder.adapters.folder import check_changes_something, read_adapter
from vibecoder.errors import ConfigError, ModelError
from vibecoder.models import ResolvedModel, cache_folder, read_config, resolve
from vibecoder.plugins.choose import choose_backend
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import ModelSpec
from vibecoder_serve.app import Served
from vibecoder_serve.engines.engine import Engine

__all__ = ["Target", "find_target", "open_served"]

_LLAMA = "llama.cpp"
_LLAMA_NEEDS = ("xllamacpp", "gguf")


@dataclass(frozen=True, slots=True)
class Target:
    """A base model and the adapters on it, each by the name that requests use."""

    base: ResolvedModel
    name: str
    adapters: dict[str, Path]

    @property
    def models(self) -> dict[str, str | None]:
        """Map the names of all models, the first one first, to the adapter that each is; the base is none."""
        return {**{name: name for name in self.adapters}, self.name: None}


def find_target(target: str, adapters: Sequence[str] = ()) -> Target:
    """Find the base and the adapters; `target` is a model or an adapter's folder, `adapters` are `[NAME=]FOLDER`.

    Raises:
        ModelError: one does not exist, two have one name, or an adapter is of another base.
    """
    named = [_named(each) for each in adapters]
    if (Path(target) / "adapter_config.json").is_file():
        named.insert(0, _named(target))
        found = read_adapter(named[0][1]).base_name
        if not found:
            raise ModelError(f"the adapter {target} does not say what its base is; give the base, and it as --adapter")
        base = resolve(found)
        name = _own_name(base)
    else:
        base = resolve(target)
        name = _own_name(base)
    chosen: dict[str, Path] = {}
    for own, folder in named:
        if own in chosen or own == name:
            raise ModelError(f"two models are called {own}; name one otherwise: --adapter NAME={folder}")
        check_changes_something(folder, read_adapter(folder))
        chosen[own] = folder
    return Target(base, name, chosen)


def _own_name(base: ResolvedModel) -> str:
    return Path(base.name).name


def _named(given: str) -> tuple[str, Path]:
    """Split `NAME=FOLDER`; without a name it is that of the run, or of the folder."""
    name, _, folder = given.rpartition("=")
    path = Path(folder).expanduser()
    if not name:
        whole = path.resolve()
        name = whole.parent.name if whole.name in ("adapter", "best") else whole.name
    return name, path


def open_served(target: Target, engine: str = "auto", context: int | None = None, quantization: str = "F16") -> Served:
    """Load the model in llama.cpp where it is installed and can hold it, else on a training backend.

    Raises:
        UserError: the engine that is named cannot be used here, or the model cannot be loaded.
    """
    tokenizer = ChatTokenizer.load(target.base.folder)
    longest = int(read_config(target.base.folder).get("max_position_embeddings") or 8192)
    context = min(context or 8192, longest)
    chosen = _llama(target, tokenizer, context, quantization) if engine in ("auto", _LLAMA) else None
    if chosen is None and engine == _LLAMA:
        raise ConfigError(f"{_LLAMA} is not installed; install it with: pip install 'vibecoder[serve,export]'")
    if chosen is None:
        from vibecoder_serve.engines.backend import BackendEngine

        spec = choose_backend(plugins.load(), engine).spec
        model = ModelSpec(str(target.base.folder), cache=cache_folder())
        chosen = BackendEngine(spec, model, tokenizer, target.adapters, context)
    return Served(chosen, tokenizer, target.models)


def _llama(target: Target, tokenizer: ChatTokenizer, context: int, quantization: str) -> Engine | None:
    """Load the model in llama.cpp; None where it is not installed or cannot hold such a model."""
    if any(importlib.util.find_spec(module) is None for module in _LLAMA_NEEDS):
        return None
    from vibecoder.export.gguf.adapter import write_adapter_gguf
    from vibecoder.export.gguf.writer import write_gguf
    from vibecoder_serve.engines.llama import LlamaEngine

    base = _converted(target.base.folder, quantization)
    try:
        if not base.is_file():
            write_gguf(target.base.folder, base, quantization)
        files = {}
        for name, folder in target.adapters.items():
            files[name] = _converted(folder, "lora")
            if not files[name].is_file():
                write_adapter_gguf(folder, target.base.folder, files[name])
    except ModelError:
        return None
    return LlamaEngine(base, tokenizer, files, context)


def _converted(folder: Path, form: str) -> Path:
    """Name the file that a folder's conversion is kept in; another one for other weights, or another form."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".json", ".jinja"))
    seen = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    digest = hashlib.sha256(json.dumps([str(folder.resolve()), form, seen]).encode()).hexdigest()[:16]
    return cache_folder() / "gguf" / f"{folder.name}-{form}-{digest}.gguf"
