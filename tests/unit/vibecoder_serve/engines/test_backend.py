"""The engine on a training backend."""

from __future__ import annotations

import pytest

from support.small_nano import small_nano
from vibecoder import plugins
from vibecoder.rendering import ChatTokenizer, prompt_ids
from vibecoder.types import ModelSpec
from vibecoder_serve.engines.backend import BackendEngine
from vibecoder_serve.engines.engine import Asked


def test_a_backend_says_what_it_generates_and_stops_at_a_text() -> None:
    spec = plugins.load().backend("mlx")
    if spec.unusable():
        pytest.skip(str(spec.unusable()))
    tokenizer = ChatTokenizer.load(small_nano())
    engine = BackendEngine(spec, ModelSpec(str(small_nano())), tokenizer, {}, 4096)
    said: list[str] = []
    prompt = prompt_ids([{"role": "user", "content": "Hello"}], [], tokenizer)
    ended = engine.generate(Asked(prompt, None, 8, tokenizer.stop_ids), lambda piece: bool(said.append(piece)))
    assert "".join(said) == ended.text
    assert 0 < ended.tokens <= 8
    cut = ended.text[len(ended.text) // 2 :]
    shorter = engine.generate(Asked(prompt, None, 8, tokenizer.stop_ids, (cut,)), lambda piece: False)
    assert shorter.text == ended.text[: ended.text.find(cut)]
    assert shorter.stopped
    engine.close()
