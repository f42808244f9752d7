"""Generate by llama.cpp in this process: one base GGUF file, with adapters as GGUF files that each request scales.

Adapters are asked for by all their numbers with a scale each: a number left out is off, an unknown one is ignored
without a word, and an empty list leaves every adapter on (xllamacpp 2026.10).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError, ModelError
from vibecoder.rendering import ChatTokenizer
from vibecoder_serve.engines.engine import Asked, Emit, Ended

__all__ = ["LlamaEngine", "open_server"]


def open_server(gguf: Path, adapters: Mapping[str, Path], context: int) -> Any:
    """Load a GGUF file, and adapters beside it, in the order of `adapters`.

    Raises:
        ModelError: llama.cpp cannot load one of them; its reason is on standard error.
    """
    from xllamacpp import CommonAdapterLoraInfo, CommonParams, Server

    params = CommonParams()
    params.model.path = str(gguf)
    params.n_ctx, params.n_parallel = context, 1
    threads = int(os.environ.get("OMP_NUM_THREADS") or 0) or max(1, (os.cpu_count() or 2) // 2)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.fit_params, params.verbosity = False, 1
    params.port, params.endpoint_slots, params.ui = 0, False, False
    params.special = True  # markers of tool calls are control tokens in some models, and would print as nothing
    params.lora_adapters = [CommonAdapterLoraInfo(str(path), 0.0) for path in adapters.values()]
    try:
        server = Server(params)
        # One that is closed before its loop has begun is never done closing; an answer shows that it has.
        server.handle_completions({"prompt": [0], "n_predict": 1})
        return server
    except RuntimeError as error:
        raise ModelError(
            f"llama.cpp cannot load {gguf}; its reason is above. Write the file again, or another"
        ) from error


class LlamaEngine:
    """A loaded GGUF file; `tokenizer` is that of the model it was made of, None where that is not known."""

    name, samples = "llama.cpp", True

    def __init__(self, gguf: Path, tokenizer: ChatTokenizer | None, adapters: Mapping[str, Path], context: int) -> None:
        self.context = context
        self._tokenizer, self._adapters = tokenizer, tuple(adapters)
        self._server = open_server(gguf, adapters, context)

    @property
    def address(self) -> str:
        """Return where llama.cpp's own server listens on this machine."""
        return str(self._server.listening_address)

    def generate(self, asked: Asked, emit: Emit) -> Ended:
        """Generate piece by piece.

        Raises:
            DataError: prompt and reply are longer than the context, which is known of token ids beforehand.
            ModelError: anything else that llama.cpp says.
        """
        ends = [self._tokenizer.decode([token]) for token in asked.stop] if self._tokenizer else []
        request = {
            "prompt": asked.prompt,
            "n_predict": asked.max_tokens,
            "temperature": asked.temperature,
            "top_p": asked.top_p,
            "stop": [*ends, *asked.stop_texts],
            "stream": True,
            "lora": self._scales(asked.adapter),
            **({"seed": asked.seed} if asked.seed is not None else {}),
        }
        said: list[str] = []
        last: dict[str, Any] = {}

        def take(chunk: dict[str, Any]) -> bool:
            last.update(chunk)
            piece = chunk["choices"][0]["text"] if chunk.get("choices") else ""
            if piece:
                said.append(piece)
                return emit(piece)
            return False

        answer = self._server.handle_completions(request, take)
        for told in (answer or {}, last):  # an exception in `take` would be lost in llama.cpp
            if "error" in told:
                reason = f"llama.cpp: {told['error'].get('message', told['error'])}"
                raise (DataError if told["error"].get("code") == 400 else ModelError)(reason)
        usage = last.get("usage") or {}
        reason = last["choices"][0]["finish_reason"] if last.get("choices") else "stop"
        tokens, prompt = (int(usage.get(name, 0)) for name in ("completion_tokens", "prompt_tokens"))
        return Ended("".join(said), tokens, reason == "stop", prompt)

    def _scales(self, adapter: str | None) -> list[dict[str, float]]:
        return [{"id": at, "scale": float(name == adapter)} for at, name in enumerate(self._adapters)]

    def close(self) -> None:
        del self._server
