"""The engine on llama.cpp: adapters by name on one base, stops, and what does not load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("xllamacpp")
pytest.importorskip("gguf")

from support.small_nano import small_nano
from vibecoder.adapters.folder import write_adapter
from vibecoder.errors import ModelError
from vibecoder.export.gguf.lora import write_lora_gguf
from vibecoder.export.gguf.writer import write_gguf
from vibecoder.rendering import ChatTokenizer, prompt_ids
from vibecoder.types import LoraSpec
from vibecoder_serve.engines.engine import Asked
from vibecoder_serve.engines.llama import LlamaEngine

TOKENIZER = ChatTokenizer.load(small_nano())
PROMPT = prompt_ids([{"role": "user", "content": "Count the lines of a file."}], [], TOKENIZER)


def adapter(folder: Path, seed: int) -> Path:
    """Write an adapter that changes what the model says, and its GGUF file beside it."""
    folder.mkdir()
    draw = np.random.default_rng(seed)
    a, b = draw.normal(size=(4, 256)), draw.normal(size=(256, 4))
    weights = {"model.layers.0.self_attn.q_proj": (a.astype(np.float32), b.astype(np.float32))}
    write_adapter(folder, weights, LoraSpec(rank=4, alpha=8.0, dropout=0.0, targets=("q_proj",)), "nano")
    return write_lora_gguf(small_nano(), folder, folder.with_suffix(".gguf"), "F32").path


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
    folder = tmp_path_factory.mktemp("llama")
    base = write_gguf(small_nano(), folder / "base.gguf", "F32").path
    adapters = {"one": adapter(folder / "one", 1), "two": adapter(folder / "two", 2)}
    opened = LlamaEngine(base, TOKENIZER, adapters, 512)
    yield opened
    opened.close()


def said(engine: LlamaEngine, name: str | None, **more: object) -> str:
    return engine.generate(Asked(PROMPT, name, 24, TOKENIZER.stop_ids, **more), lambda _: False).text  # type: ignore[arg-type]


def test_each_request_has_its_own_adapter_or_none(engine: LlamaEngine) -> None:
    base, one, two = said(engine, None), said(engine, "one"), said(engine, "two")
    assert len({base, one, two}) == 3
    assert (said(engine, "one"), said(engine, None), said(engine, "two")) == (one, base, two)


def test_pieces_are_the_text_and_the_last_one_may_be_the_last(engine: LlamaEngine) -> None:
    pieces: list[str] = []
    ended = engine.generate(Asked(PROMPT, None, 24, TOKENIZER.stop_ids), lambda piece: bool(pieces.append(piece)))
    assert "".join(pieces) == ended.text
    assert (ended.tokens, ended.stopped) == (24, False)
    few: list[str] = []
    engine.generate(Asked(PROMPT, None, 24), lambda piece: bool(few.append(piece)) or len(few) == 3)
    assert few == pieces[:3]


def test_a_text_that_stops_is_no_part_of_the_reply(engine: LlamaEngine) -> None:
    whole = said(engine, None)
    word = whole.split()[2]
    assert said(engine, None, stop_texts=(word,)) == whole[: whole.find(word)]


def test_a_seed_repeats_what_is_drawn(engine: LlamaEngine) -> None:
    warm = {"temperature": 1.5, "seed": 7}
    assert said(engine, None, **warm) == said(engine, None, **warm) != said(engine, None)


def test_what_does_not_load_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"no model")
    with pytest.raises(ModelError, match=r"llama\.cpp cannot load .*x\.gguf"):
        LlamaEngine(tmp_path / "x.gguf", TOKENIZER, {}, 512)
