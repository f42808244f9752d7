"""Safetensors files read and written tensor by tensor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from vibecoder.system.stored import as_stored, narrowed, stored_tensors, widened, write_tensors

KINDS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


@given(st.lists(st.floats(width=32, min_value=-(2.0**127), max_value=2.0**127), min_size=1))
def test_bfloat16_is_rounded_as_torch_rounds(values: list[float]) -> None:
    array = np.array(values, np.float32)
    expected = torch.tensor(array).bfloat16().float().numpy()
    np.testing.assert_array_equal(widened(narrowed(array)), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_float_is_read_and_written(kind: str, tmp_path: Path) -> None:
    tensors = {name: torch.randn(3, 5).to(KINDS[kind]) for name in ("model.b", "model.a")}
    save_file(tensors, tmp_path / "model.safetensors")
    found = stored_tensors(tmp_path)
    assert {name: (tensor.kind, tensor.shape) for name, tensor in found.items()} == dict.fromkeys(
        tensors, (kind, (3, 5))
    )
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name].read(), tensor.float().numpy())
    again = tmp_path / "again.safetensors"
    write_tensors(
        again,
        {name: (kind, tensor.shape, tensor.size) for name, tensor in found.items()},
        (as_stored(tensor.read(), kind) for tensor in found.values()),
    )
    for name, tensor in load_file(again).items():
        torch.testing.assert_close(tensor, tensors[name], rtol=0, atol=0 if kind != "F64" else 1e-6)


def test_shards_are_read_as_one_model(tmp_path: Path) -> None:
    for number in (1, 2):
        save_file({f"t{number}": torch.full((2,), number)}, tmp_path / f"model-0000{number}-of-00002.safetensors")
    assert sorted(stored_tensors(tmp_path)) == ["t1", "t2"]


def test_integers_are_no_weights(tmp_path: Path) -> None:
    save_file({"a": torch.arange(4)}, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match="kind I64"):
        stored_tensors(tmp_path)["a"].read()


def test_a_cut_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a": torch.zeros(64)}, path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match=r"model\.safetensors is cut off"):
        stored_tensors(tmp_path)
