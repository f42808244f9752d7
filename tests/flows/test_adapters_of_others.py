"""Adapters that others wrote: both backends compute what PEFT computes, and go on from them to what PEFT reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, PreTrainedModel

from support.jobs import Recorder
from support.small_nano import small_nano
from vibecoder.adapters.folder import read_adapter
from vibecoder.errors import ModelError
from vibecoder.training.packing import pack
from vibecoder.types import Backend, LoraSpec, Rendered, TrainJob

PLAIN = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj", "down_proj"], "task_type": "CAUSAL_LM"}
READ: dict[str, dict[str, Any]] = {
    "plain": {},
    "rslora": {"use_rslora": True},
    "patterns": {"rank_pattern": {"q_proj": 2, "down_proj": 6}, "alpha_pattern": {"v_proj": 64}},
    "pattern-of-a-layer": {"alpha_pattern": {r"model.layers.1.self_attn.q_proj": 40}, "use_rslora": True},
    "some-layers": {"layers_to_transform": [1]},
    "regex": {"target_modules": r".*layers\.0\.(self_attn\.q|mlp\.down)_proj"},
    "excluded": {"exclude_modules": ["layers.0.self_attn.q_proj"]},
    "gaussian": {"init_lora_weights": "gaussian"},
}
REFUSED: dict[str, dict[str, Any]] = {
    "pissa": {"init_lora_weights": "pissa"},
    "olora": {"init_lora_weights": "olora"},
    "dora": {"use_dora": True},
    "bias": {"bias": "all"},
    "lora_bias": {"lora_bias": True},
    "modules_to_save": {"modules_to_save": ["lm_head"]},
    "embedding": {"target_modules": ["embed_tokens", "q_proj"]},
    "tokens": {"trainable_token_indices": [3, 4]},
}


def base() -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(small_nano(), dtype=torch.float32)


def save_adapter(folder: Path, dtype: torch.dtype = torch.float32, **keys: object) -> Path:
    torch.manual_seed(1)
    model = get_peft_model(base(), LoraConfig(**{**PLAIN, **keys}))  # type: ignore[arg-type]
    for name, tensor in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(tensor, std=0.05)
    model.to(dtype).save_pretrained(folder)
    return folder


def peft_log_probabilities(folder: Path, row: Rendered) -> NDArray[np.float32]:
    ids = torch.tensor(row.ids[None].astype("int64"))
    with torch.no_grad():
        logits = PeftModel.from_pretrained(base(), folder).eval()(input_ids=ids).logits[0, :-1]
    chosen = torch.log_softmax(logits.float(), -1)[torch.arange(len(ids[0]) - 1), ids[0, 1:]]
    return chosen[torch.tensor(row.loss_mask[1:])].numpy()


def ours(backend: Backend, folder: Path, row: Rendered) -> NDArray[np.float32]:
    found = backend.log_probabilities([pack([row], 0)], folder)[0]
    return found[found != 0]


@pytest.mark.parametrize("kind", READ)
def test_an_adapter_of_peft_is_the_same_model(
    kind: str, backend: Backend, rows: list[Rendered], tmp_path: Path
) -> None:
    folder = save_adapter(tmp_path, **READ[kind])
    np.testing.assert_allclose(ours(backend, folder, rows[20]), peft_log_probabilities(folder, rows[20]), atol=2e-4)


def test_an_adapter_in_bfloat16_is_read(backend: Backend, rows: list[Rendered], tmp_path: Path) -> None:
    folder = save_adapter(tmp_path, torch.bfloat16, use_rslora=True)
    np.testing.assert_allclose(ours(backend, folder, rows[20]), peft_log_probabilities(folder, rows[20]), atol=2e-4)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_more_than_lora_is_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        read_adapter(save_adapter(tmp_path, **REFUSED[kind]))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["rslora", "patterns"])
def test_going_on_writes_what_peft_reads(
    kind: str, backend: Backend, make_job: Callable[..., TrainJob], rows: list[Rendered], tmp_path: Path
) -> None:
    """After a step of training, the new folder is in PEFT and in mlx-lm the model that the backend has."""
    start = save_adapter(tmp_path / "start", **READ[kind])
    lora = replace(read_adapter(start).lora, dropout=0.0)
    job = make_job(tmp_path / "job", lora=lora, start=start)
    result = backend.train(job, Recorder())
    found = ours(backend, result.adapter, rows[20])
    assert np.abs(found - ours(backend, start, rows[20])).max() > 1e-3
    np.testing.assert_allclose(found, peft_log_probabilities(result.adapter, rows[20]), atol=5e-4)
    mlx = tmp_path / "mlx"
    mlx.mkdir()
    for name in ("adapter_config.json", "adapters.safetensors"):
        (mlx / name).write_bytes((result.adapter / name).read_bytes())
    np.testing.assert_allclose(found, mlx_lm_log_probabilities(mlx, rows[20]), atol=5e-4)


def mlx_lm_log_probabilities(folder: Path, row: Rendered) -> NDArray[np.float32]:
    import mlx.core as mx
    import mlx.nn as nn
    import mlx_lm

    model, _ = mlx_lm.load(str(small_nano()), adapter_path=str(folder))
    model.set_dtype(mx.float32)
    ids = mx.array(row.ids[None].astype("int32"))
    logp = nn.log_softmax(model(ids)[0, :-1], axis=-1)
    chosen = np.array(mx.take_along_axis(logp, ids[0, 1:, None], axis=-1))[:, 0]
    return chosen[row.loss_mask[1:]]


def test_the_settings_to_go_on_with_are_named(
    make_job: Callable[..., TrainJob], backend: Backend, tmp_path: Path
) -> None:
    start = save_adapter(tmp_path / "start", use_rslora=True)
    job = make_job(tmp_path / "job", lora=LoraSpec(4, 8.0, 0.0, ("q_proj", "v_proj", "down_proj")), start=start)
    with pytest.raises(ModelError, match=r"use --set lora\.rank=4 --set lora\.alpha=16\.0"):
        backend.train(job, Recorder())
