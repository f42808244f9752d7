"""Adapters of models with a wrapper around their text part: one model in both backends, in PEFT and in mlx-lm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
import torch
from mlx_lm.tuner.utils import load_adapters
from peft import PeftModel
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

from vibecoder import plugins
from vibecoder.adapters.folder import read_adapter, write_adapter
from vibecoder.adapters.initial import initial_weights
from vibecoder.adapters.names import layer_names
from vibecoder.models import read_config
from vibecoder.training.packing import pack
from vibecoder.types import LoraSpec, ModelSpec, Rendered
from vibecoder_cuda.model.load import load_base as open_in_torch
from vibecoder_cuda.model.lora import layer_shapes as torch_shapes
from vibecoder_mlx.model.load import load_base as open_in_mlx
from vibecoder_mlx.model.lora import layer_shapes as mlx_shapes

TEXT = {
    "vocab_size": 256, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 512, "initializer_range": 0.3,
    "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
EYES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 28, "patch_size": 14}  # fmt: skip
LINEAR = {"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 16,
          "linear_value_head_dim": 16, "layer_types": ["linear_attention"] * 3 + ["full_attention"]}  # fmt: skip
LORA = LoraSpec(4, 8.0, 0.0, ("q_proj", "down_proj"))
KINDS: dict[str, dict[str, Any]] = {
    "qwen3_5": {
        "text_config": {**TEXT, **LINEAR},
        "vision_config": {"depth": 1, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "patch_size": 14,
                          "out_hidden_size": 64, "num_position_embeddings": 16},
    },
    "gemma3": {
        "text_config": {**TEXT, "layer_types": ["sliding_attention", "full_attention"] * 2, "sliding_window": 128},
        "vision_config": EYES, "mm_tokens_per_image": 4,
    },
    "mistral3": {
        "text_config": {**TEXT, "model_type": "mistral"}, "vision_config": {**EYES, "model_type": "pixtral"},
        "image_token_index": 10,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A small wrapped model and an adapter of it."""

    spec: ModelSpec
    adapter: Path


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp(request.param)
    torch.manual_seed(0)
    config = AutoConfig.for_model(request.param, **KINDS[request.param])
    AutoModelForImageTextToText.from_config(config).float().save_pretrained(folder / "model")
    spec = ModelSpec(str(folder / "model"), precision="float32")
    shapes = mlx_shapes(open_in_mlx(spec), LORA)
    drawn = initial_weights([(name, *shape) for name, shape in shapes.items()], LORA, 0)
    weights = {name: (a, np.full_like(b, 0.05)) for name, (a, b) in drawn.items()}
    (folder / "adapter").mkdir()
    write_adapter(folder / "adapter", weights, LORA, spec.path, layer_names(read_config(folder / "model")))
    return Made(spec, folder / "adapter")


def test_both_backends_name_the_same_layers(made: Made) -> None:
    ours = mlx_shapes(open_in_mlx(made.spec), LORA)
    assert ours == torch_shapes(open_in_torch(made.spec), LORA)
    assert set(read_adapter(made.adapter).weights) == set(ours)
    assert all(name.startswith("model.layers.") for name in ours)


def test_both_backends_have_the_same_model_with_it(made: Made) -> None:
    row = Rendered(np.arange(5, 65).astype(np.int32), np.arange(60) > 0, "row")
    found = {}
    for name in ("mlx", "cuda"):
        backend = plugins.load().backend(name).open(made.spec)
        for adapter in (None, made.adapter):
            found[name, adapter is None] = backend.log_probabilities([pack([row], 0)], adapter)[0]
        backend.close()
    np.testing.assert_allclose(found["mlx", True], found["cuda", True], atol=5e-3)
    np.testing.assert_allclose(found["mlx", False], found["cuda", False], atol=5e-3)
    assert np.abs(found["mlx", True] - found["mlx", False]).max() > 0.1


def test_peft_and_mlx_lm_have_the_same_model_with_it(made: Made) -> None:
    """Read as a user reads it, each library from its own file; neither leaves a layer out."""
    ids = np.arange(5, 65)[None]
    kind = read_config(Path(made.spec.path))["model_type"]
    opens = AutoModelForImageTextToText if kind == "mistral3" else AutoModelForCausalLM
    base = opens.from_pretrained(made.spec.path, dtype=torch.float32)
    with torch.no_grad():
        model = PeftModel.from_pretrained(base, made.adapter).eval()
        peft = torch.log_softmax(model(input_ids=torch.tensor(ids)).logits[0], -1).numpy()
    own = open_in_mlx(made.spec)
    before = np.array(own(mx.array(ids.astype(np.int32)))[0])
    with_adapter = load_adapters(own, str(made.adapter))
    logits = torch.tensor(np.array(with_adapter(mx.array(ids.astype(np.int32)))[0]))
    assert np.abs(logits.numpy() - before).max() > 0.1
    np.testing.assert_allclose(torch.log_softmax(logits, -1).numpy(), peft, atol=5e-3)
