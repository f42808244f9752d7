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
from vibecoder.models import ResolvedModel, cache_folder, name_of, read_config, resolve
from vibecoder.plugins.choose import choose_backend
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import ModelSpec
from vibecoder_serve.app import Served
from vibecoder_serve.engines.engine import Engine
from vibecoder_serve.prompts import FilePrompts, TrainedPrompts

__all__ = ["Target", "find_target", "open_served"]

_LLAMA = "llama.cpp"
_GGUF = ".gguf"
_LLAMA_NEEDS = ("xllamacpp", "gguf")


@dataclass(frozen=True, slots=True)
class Target:
    """A base model, or a GGUF file of one, and the adapters on it, each by the name that requests use.

    `base` is None for a GGUF file whose model's folder is not known; its adapters are GGUF files then.
    """

    base: ResolvedModel | None
    name: str
    adapters: dict[str, Path]
    gguf: Path | None = None

    @property
    def models(self) -> dict[str, str | None]:
        """Map the names of all models, the first one first, to the adapter that each is; the base is none."""
        return {**{name: name for name in self.adapters}, self.name: None}


def find_target(target: str, adapters: Sequence[str] = (), model: str | None = None) -> Target:
    """Find what to serve: a model, an adapter's folder, or a GGUF file, of `model`; `adapters` are `[NAME=]FOLDER`.

    Raises:
        ModelError: one does not exist, two have one name, or an adapter is of another base.
    """
    named = [_named(each) for each in adapters]
    path = Path(target).expanduser()
    if path.suffix == _GGUF:
        if not path.is_file():
            raise ModelError(f"no file at {path}; give one that `vibecoder export gguf` wrote")
        base = resolve(model) if model else None
        return Target(base, path.stem, _adapters(named, path.stem, base), path)
    if model is not None:
        raise ModelError("--model names the model that a GGUF file was made of; leave it out")
    if (path / "adapter_config.json").is_file():
        named.insert(0, _named(target))
        found = read_adapter(path).base_name
        if not found:
            raise ModelError(f"the adapter {target} does not say what its base is; give the base, and it as --adapter")
        target = found
    base = resolve(name_of(target))
    name = Path(base.name).name
    return Target(base, name, _adapters(named, name, base))


def _adapters(named: Sequence[tuple[str, Path]], base_name: str, base: ResolvedModel | None) -> dict[str, Path]:
    chosen: dict[str, Path] = {}
    for own, path in named:
        if own in chosen or own == base_name:
            raise ModelError(f"two models are called {own}; name one otherwise: --adapter NAME={path}")
        if path.suffix == _GGUF and path.is_file():
            chosen[own] = path
            continue
        if base is None:
            raise ModelError(
                f"{path} is no GGUF file; to serve its adapter on a GGUF file, name the model with --model"
            )
        check_changes_something(path, read_adapter(path))
        chosen[own] = path
    return chosen


def _named(given: str) -> tuple[str, Path]:
    """Split `NAME=FOLDER`; without a name it is that of the run, of the folder or of the file."""
    name, _, folder = given.rpartition("=")
    path = Path(folder).expanduser()
    if not name:
        whole = path.resolve()
        name = whole.parent.name if whole.name in ("adapter", "best") else whole.name.removesuffix(_GGUF)
    return name, path


def open_served(target: Target, engine: str = "auto", context: int | None = None, quantization: str = "F16") -> Served:
    """Load the model in llama.cpp where it is installed and can hold it, else on a training backend.

    Raises:
        UserError: the engine that is named cannot be used here, or the model cannot be loaded.
    """
    has_llama = all(importlib.util.find_spec(module) is not None for module in _LLAMA_NEEDS)
    if not has_llama and (engine == _LLAMA or target.gguf):
        raise ConfigError(f"{_LLAMA} is not installed; install it with: pip install 'vibecoder[serve,export]'")
    if target.gguf and engine not in ("auto", _LLAMA):
        raise ConfigError(f"a GGUF file is served by {_LLAMA} alone; leave --engine {engine} out")
    if target.base is None:
        from vibecoder_serve.engines.llama import LlamaEngine

        assert target.gguf is not None
        loaded = LlamaEngine(target.gguf, None, target.adapters, context or 8192)
        return Served(loaded, FilePrompts(loaded.address), target.models)
    tokenizer = ChatTokenizer.load(target.base.folder)
    longest = int(read_config(target.base.folder).get("max_position_embeddings") or 8192)
    context = min(context or 8192, longest)
    chosen: Engine | None = None
    if has_llama and engine in ("auto", _LLAMA):
        try:
            file = target.gguf or _base_file(target.base.folder, quantization)
        except ModelError:  # llama.cpp does not compute such a model; a backend may
            if engine == _LLAMA:
                raise
        else:
            chosen = _llama(target, target.base.folder, file, tokenizer, context)
    if chosen is None:
        from vibecoder_serve.engines.backend import BackendEngine

        spec = choose_backend(plugins.load(), engine).spec
        model = ModelSpec(str(target.base.folder), cache=cache_folder())
        chosen = BackendEngine(spec, model, tokenizer, target.adapters, context)
    return Served(chosen, TrainedPrompts(tokenizer), target.models)


def _base_file(folder: Path, quantization: str) -> Path:
    """Return the copy of a model as GGUF in the cache, made the first time.

    Raises:
        ModelError: llama.cpp does not compute such a model.
    """
    from vibecoder.export.gguf.writer import write_gguf

    file = _kept(folder, quantization)
    return file if file.is_file() else write_gguf(folder, file, quantization).path


def _llama(target: Target, folder: Path, file: Path, tokenizer: ChatTokenizer, context: int) -> Engine:
    """Load a file in llama.cpp with the adapters beside it, whose copies are in the cache as well.

    Raises:
        ModelError: an adapter is of another base, or llama.cpp cannot load one of the files.
    """
    from vibecoder.export.gguf.lora import write_lora_gguf
    from vibecoder_serve.engines.llama import LlamaEngine

    files = {}
    for name, adapter in target.adapters.items():
        files[name] = adapter if adapter.suffix == _GGUF else _kept(adapter, f"lora-on-{_kept(folder, '').stem[-16:]}")
        if not files[name].is_file():
            write_lora_gguf(folder, adapter, files[name], "F32")
    return LlamaEngine(file, tokenizer, files, context)


def _kept(folder: Path, form: str) -> Path:
    """Name the file in the cache for a folder's conversion: another one for other weights, or another form."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".json", ".jinja"))
    seen = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    digest = hashlib.sha256(json.dumps([str(folder.resolve()), form, seen]).encode()).hexdigest()[:16]
    return cache_folder() / "gguf" / f"{folder.name}-{form}-{digest}.gguf"
