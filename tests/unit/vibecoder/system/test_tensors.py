"""Tensors read as float32, and files that are none named with their fix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from vibecoder.system.tensors import file_flaw, read_tensors, tensors_flaw


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
def test_every_kind_of_float_is_read_as_float32(tmp_path: Path, dtype: torch.dtype) -> None:
    tensor = torch.randn(3, 5, generator=torch.Generator().manual_seed(0)).to(dtype)
    save_file({"a": tensor, "b": tensor[:0]}, tmp_path / "x.safetensors")
    assert tensors_flaw(tmp_path / "x.safetensors") is None
    found = read_tensors(tmp_path / "x.safetensors")
    np.testing.assert_array_equal(found["a"], tensor.float().numpy())
    assert (found["a"].dtype, found["b"].shape) == (np.float32, (0, 5))


def test_integers_are_no_weights(tmp_path: Path) -> None:
    save_file({"a": torch.arange(4)}, tmp_path / "x.safetensors")
    with pytest.raises(ValueError, match="the tensor a holds numbers of the kind I64"):
        read_tensors(tmp_path / "x.safetensors")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.4, 0.99])
def test_a_cut_download_is_named(tmp_path: Path, share: float) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"a": torch.zeros(64, 64)}, path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    flaw = tensors_flaw(path)
    assert flaw
    assert flaw.endswith("download it again")
    assert "cut off" in flaw or "empty" in flaw


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a Git LFS pointer"),
        (b"\n<!DOCTYPE html><html>sign in</html>", "a web page"),
        (b"Entry not found", "a web page or a server's answer"),
        (b"", "is empty"),
        (b"PK\x03\x04" + bytes(99), "is no safetensors file"),
        ((4).to_bytes(8, "little") + b"{\"a\"" + bytes(9), "no header"),
        ((2).to_bytes(8, "little") + b"{}" + bytes(9), "is too long"),
    ],
)  # fmt: skip
def test_what_is_no_weights_file_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    assert reason in (tensors_flaw(path) or "")
    with pytest.raises(ValueError, match=r"model\.safetensors "):
        read_tensors(path)


def test_a_header_whose_length_reads_like_text_is_no_page(tmp_path: Path) -> None:
    """The first byte of a safetensors file is a length, and 60 is also the sign that begins a page."""
    header = b"{}".ljust(0x3C)
    (tmp_path / "x").write_bytes(len(header).to_bytes(8, "little") + header)
    assert tensors_flaw(tmp_path / "x") is None


def test_files_of_other_kinds(tmp_path: Path) -> None:
    assert "No such file" in (file_flaw(tmp_path / "tokenizer.json") or "")
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0"}')
    assert file_flaw(tmp_path / "tokenizer.json") is None
