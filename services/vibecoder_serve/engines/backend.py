"""Generate on a training backend: the very model and adapter that evaluation judges, greedily, a reply at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vibecoder.rendering import ChatTokenizer
from vibecoder.types import BackendSpec, ModelSpec
from vibecoder_serve.engines.engine import Asked, Emit, Ended

__all__ = ["BackendEngine"]


class BackendEngine:
    """A model opened by a backend, in a thread of its own: MLX answers only the thread that opened it."""

    samples = False

    def __init__(
        self, spec: BackendSpec, model: ModelSpec, tokenizer: ChatTokenizer, adapters: Mapping[str, Path], context: int
    ) -> None:
        self.name, self.context = spec.name, context
        self._tokenizer, self._adapters = tokenizer, dict(adapters)
        self._thread = ThreadPoolExecutor(1, "vibecoder-backend")
        self._backend = self._thread.submit(spec.open, model).result()

    def generate(self, asked: Asked, emit: Emit) -> Ended:
        """Generate the whole reply, then tell `emit` of it: a backend has no pieces."""
        adapter = self._adapters[asked.adapter] if asked.adapter is not None else None
        assert not isinstance(asked.prompt, str)
        prompts, stop = [asked.prompt], tuple(asked.stop)
        replies = self._thread.submit(self._backend.generate, prompts, adapter, asked.max_tokens, stop).result()
        text, cut = _cut(self._tokenizer.decode(replies[0]), asked.stop_texts)
        emit(text)
        stopped = cut or len(replies[0]) < asked.max_tokens
        return Ended(text, len(replies[0]), stopped, len(asked.prompt))

    def close(self) -> None:
        self._thread.submit(self._backend.close).result()
        self._thread.shutdown()


def _cut(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """Return the text before the first of some texts, and whether one was there."""
    places = [at for stop in stops if stop and (at := text.find(stop)) >= 0]
    return (text[: min(places)], True) if places else (text, False)
