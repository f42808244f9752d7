"""GGUF files of random models: llama.cpp computes what transformers computes, and reads text as the tokenizer does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from vibecoder.errors import ModelError
from vibecoder.export.gguf.writer import write_gguf
from vibecoder.export.llama.model import LlamaModel
from vibecoder.export.truth.cases import ODD, code_lines
from vibecoder.export.truth.divergence import diverge
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer

SMALL = {
    "vocab_size": 4128, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 512, "bos_token_id": None, "eos_token_id": 4087,
    "pad_token_id": 4085, "initializer_range": 0.2,
}  # fmt: skip
TRAINED = {"original_max_position_embeddings": 64}
ROPES: dict[str, dict[str, Any]] = {
    "default": {"rope_type": "default", "rope_theta": 1e6},
    "linear": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0},
    "llama3": {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0,
               "high_freq_factor": 4.0, **TRAINED},
    "yarn": {"rope_type": "yarn", "rope_theta": 1e6, "factor": 4.0, **TRAINED},
}  # fmt: skip
SHAPES: list[tuple[str, str, dict[str, Any]]] = [
    ("qwen2", "default", {"tie_word_embeddings": True}),
    ("qwen2", "yarn", {"tie_word_embeddings": False}),
    ("qwen3", "default", {"tie_word_embeddings": True, "head_dim": 32}),
    ("qwen3", "yarn", {"tie_word_embeddings": False, "head_dim": 16}),
    ("llama", "default", {"tie_word_embeddings": True}),
    ("llama", "llama3", {"tie_word_embeddings": False, "head_dim": 32}),
    ("llama", "linear", {"tie_word_embeddings": False, "attention_bias": True}),
]
PRE: dict[str, dict[str, Any]] = {
    "qwen2": {},
    "llama-bpe": {"ignore_merges": True},
    "smollm": {"steps": [{"type": "Digits", "individual_digits": True}]},
    "gpt-2": {"steps": []},
}


def saved(folder: Path, family: str, rope: str, own: dict[str, Any]) -> torch.nn.Module:
    config = AutoConfig.for_model(family, **{**SMALL, **own, "rope_parameters": ROPES[rope]})
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).float().eval()
    for name, parameter in model.named_parameters():
        if parameter.ndim == 1:  # biases are zero and norms one otherwise, and a lost one would not show
            torch.nn.init.normal_(parameter, float("norm" in name), 0.1)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(NANO / name, folder)
    return model


@pytest.mark.parametrize(("family", "rope", "own"), SHAPES, ids=[f"{one}-{rope}" for one, rope, _ in SHAPES])
def test_llama_cpp_computes_the_same(family: str, rope: str, own: dict[str, Any], tmp_path: Path) -> None:
    model = saved(tmp_path / "model", family, rope, own)
    row = np.random.default_rng(0).integers(0, 4000, 200).tolist()  # longer than the trained context
    with torch.no_grad():
        exact = model(torch.tensor([row])).logits[0].log_softmax(-1).numpy()
    path = write_gguf(tmp_path / "model", tmp_path / "x.gguf", "F16").path
    with LlamaModel(path, length=256) as opened:
        found = opened.log_probabilities(row, range(len(row)))
    agreement = diverge([(exact, found)])
    assert agreement.mean < 1e-3
    assert agreement.first == 1.0


@pytest.mark.parametrize("pre", PRE)
def test_llama_cpp_splits_alike(pre: str, tmp_path: Path) -> None:
    saved(tmp_path / "model", "llama", "default", {"tie_word_embeddings": True})
    path = tmp_path / "model" / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    steps = tokenizer["pre_tokenizer"]["pretokenizers"]
    if "steps" in PRE[pre]:
        steps[:] = [*PRE[pre]["steps"], {**steps[-1], "use_regex": True}]
    elif pre == "llama-bpe":
        steps[0]["pattern"]["Regex"] = steps[0]["pattern"]["Regex"].replace(r"|\p{N}|", r"|\p{N}{1,3}|")
        tokenizer["model"]["ignore_merges"] = True
    path.write_text(json.dumps(tokenizer))
    ours = ChatTokenizer.load(tmp_path / "model")
    texts = [*code_lines(), *ODD, *(f"<|im_start|>user\n{line}<|im_end|>\n" for line in code_lines(50))]
    with LlamaModel(write_gguf(tmp_path / "model", tmp_path / "x.gguf", "F16").path) as opened:
        found = opened.tokenize(texts)
    wrong = [text for text, ids in zip(texts, found, strict=True) if ids != ours.encode(text)]
    assert not wrong


@pytest.mark.parametrize(
    "rope",
    [
        {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0},
        {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "attention_factor": 1.7, **TRAINED},
        {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "truncate": False, **TRAINED},
    ],
)
def test_other_rotations_are_refused(rope: dict[str, Any], tmp_path: Path) -> None:
    saved(tmp_path / "model", "llama", "default", {})
    path = tmp_path / "model" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "rope_parameters": rope}))
    with pytest.raises(ModelError, match="no GGUF can be written"):
        write_gguf(tmp_path / "model", tmp_path / "x.gguf")
