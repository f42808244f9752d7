"""Both backends train the same run: same losses, same adapters, and each adapter loads in PEFT and in mlx-lm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from support.jobs import BACKENDS, Trained
from support.small_nano import small_nano
from vibecoder.adapters.folder import read_adapter
from vibecoder.types import Evaluated, Rendered, Stepped


def test_losses_agree_step_by_step(trained: dict[str, Trained]) -> None:
    mlx, cuda = (trained[name].recorder for name in BACKENDS)
    for kind in (Stepped, Evaluated):
        one, other = mlx.of(kind), cuda.of(kind)
        assert [event.step for event in one] == [event.step for event in other]
        np.testing.assert_allclose([e.loss for e in one], [e.loss for e in other], atol=1e-3)
    assert [e.tokens for e in mlx.of(Stepped)] == [e.tokens for e in cuda.of(Stepped)]
    norms = [[e.grad_norm for e in recorder.of(Stepped)] for recorder in (mlx, cuda)]
    np.testing.assert_allclose(*norms, rtol=1e-2)


def test_training_learns(trained: dict[str, Trained]) -> None:
    for name in BACKENDS:
        losses = [event.loss for event in trained[name].recorder.of(Stepped)]
        assert losses[-1] < losses[0] / 3


def test_adapters_agree(trained: dict[str, Trained]) -> None:
    mlx, cuda = (read_adapter(trained[name].adapter).weights for name in BACKENDS)
    assert mlx.keys() == cuda.keys()
    for layer in mlx:
        for one, other in zip(mlx[layer], cuda[layer], strict=True):
            np.testing.assert_allclose(one, other, atol=2e-3)


@pytest.mark.parametrize("name", BACKENDS)
def test_one_adapter_folder_loads_in_peft_and_in_mlx_lm(
    name: str, trained: dict[str, Trained], rows: list[Rendered]
) -> None:
    ids = rows[20].ids
    peft, mlx = peft_logits(trained[name].adapter, ids), mlx_lm_logits(trained[name].adapter, ids)
    np.testing.assert_allclose(peft, mlx, atol=1e-4)


def peft_logits(adapter: Path, ids: np.ndarray) -> np.ndarray:
    """Logits [T, V] as a user of transformers and PEFT gets them, from the adapter folder alone."""
    import json

    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = json.loads((adapter / "adapter_config.json").read_text())["base_model_name_or_path"]
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), adapter).eval()
    with torch.no_grad():
        return model(torch.from_numpy(ids[None].astype(np.int64))).logits[0].numpy()


def mlx_lm_logits(adapter: Path, ids: np.ndarray) -> np.ndarray:
    """Logits [T, V] as a user of mlx-lm gets them."""
    import mlx.core as mx
    from mlx_lm.tuner.utils import load_adapters
    from mlx_lm.utils import load_model

    model, _ = load_model(small_nano())
    model.set_dtype(mx.float32)
    return np.array(load_adapters(model, str(adapter))(mx.array(ids[None])))[0]
