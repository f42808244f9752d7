"""A GGUF file becomes a folder whose numbers and ids are the original's; what cannot be read says why."""

from __future__ import annotations

import json
from pathlib import Path

import gguf
import mlx.core as mx
import numpy as np
import pytest
import torch
from mlx_lm.utils import load_model
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from support.small_nano import small_nano
from vibecoder.errors import ModelError
from vibecoder.export.gguf.writer import write_gguf
from vibecoder.gguf_base.folder import Converted, convert
from vibecoder.models import resolve
from vibecoder.rendering import ChatTokenizer
from vibecoder.system.tensors import read_tensors

TEXTS = ("def area(r: float) -> float:\n    return 3.14159 * r**2  # 2024 é漢\n\n", "<|im_start|>user\nhi<|im_end|>\n")
ROW = torch.tensor([[5, 900, 41, 7, 7, 1200, 33, 2, 64, 8]])
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 500_000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}  # fmt: skip
SIZES = {
    "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": 4096, "max_position_embeddings": 8192, "pad_token_id": None,
    "bos_token_id": None, "eos_token_id": 4087,
}  # fmt: skip


def original(kind: str, folder: Path) -> Path:
    """A small model of a family with nano's vocabulary, or nano itself."""
    if kind == "qwen2":
        return small_nano()
    torch.manual_seed(0)
    if kind == "qwen3":
        model = Qwen3ForCausalLM(Qwen3Config(**SIZES, head_dim=32, tie_word_embeddings=True))
    else:
        model = LlamaForCausalLM(LlamaConfig(**SIZES, rope_parameters=LLAMA3, tie_word_embeddings=False))
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        (folder / name).write_bytes((small_nano() / name).read_bytes())
    return folder


def read_back(model: Path, tmp_path: Path, quantization: str = "F32") -> Converted:
    file = write_gguf(model, tmp_path / f"{quantization}.gguf", quantization).path
    return convert(file, tmp_path / "cache")


@pytest.mark.parametrize("kind", ["qwen2", "qwen3", "llama"])
def test_a_file_opens_in_both_libraries_with_the_numbers_of_the_original(kind: str, tmp_path: Path) -> None:
    model = original(kind, tmp_path / "model")
    found = read_back(model, tmp_path)
    assert found.warning is None
    theirs, ours = (AutoModelForCausalLM.from_pretrained(each, dtype=torch.float32) for each in (model, found.folder))
    with torch.no_grad():
        expected = theirs(ROW).logits
        torch.testing.assert_close(ours(ROW).logits, expected, rtol=1e-5, atol=1e-5)
    in_mlx, _ = load_model(found.folder)
    in_mlx.set_dtype(mx.float32)
    np.testing.assert_allclose(np.array(in_mlx(mx.array(ROW.numpy()))), expected.numpy(), rtol=1e-3, atol=1e-3)


def test_ids_and_turns_are_those_of_the_original(tmp_path: Path) -> None:
    folder = read_back(small_nano(), tmp_path).folder
    theirs, ours = (AutoTokenizer.from_pretrained(each) for each in (small_nano(), folder))
    assert [ours(text)["input_ids"] for text in TEXTS] == [theirs(text)["input_ids"] for text in TEXTS]
    before, after = ChatTokenizer.load(small_nano()), ChatTokenizer.load(folder)
    assert after.stop_ids == before.stop_ids[:1]  # the file names one end of a turn
    assert after.encode(TEXTS[0]) == before.encode(TEXTS[0])


@pytest.mark.parametrize("quantization", ["Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M"])
def test_the_warning_is_near_what_was_really_lost(quantization: str, tmp_path: Path) -> None:
    exact = read_tensors(small_nano() / "model.safetensors")
    found = read_back(small_nano(), tmp_path, quantization)
    kept = read_tensors(found.folder / "model.safetensors")
    matrices = [name for name in exact if exact[name].ndim > 1]
    error = sum(float(np.square(kept[name] - exact[name]).sum()) for name in matrices)
    lost = (error / sum(float(np.square(exact[name]).sum()) for name in matrices)) ** 0.5
    stated = float(str(found.warning).split("about ")[1].split("%")[0]) / 100
    assert stated == pytest.approx(lost, rel=0.35, abs=0.001)


def test_a_file_is_converted_once(tmp_path: Path) -> None:
    first = read_back(small_nano(), tmp_path)
    made = (first.folder / "model.safetensors").stat().st_mtime_ns
    assert convert(tmp_path / "F32.gguf", tmp_path / "cache") == first
    assert (first.folder / "model.safetensors").stat().st_mtime_ns == made


def test_a_model_is_named_by_its_file(tmp_path: Path) -> None:
    file = write_gguf(small_nano(), tmp_path / "mine.gguf", "Q8_0").path
    found = resolve(str(file))
    assert found.folder.name.startswith("mine-")
    assert found.base_name == str(found.folder)
    assert found.notices[0].startswith("mine.gguf is quantized (Q8_0)")
    assert json.loads((found.folder / "config.json").read_text())["rope_theta"] == 10_000.0


def keys_alone(path: Path, architecture: str, **keys: int | str) -> Path:
    """A file that has keys and one tensor, as far as the reader gets."""
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in keys.items():
        add = writer.add_string if isinstance(value, str) else writer.add_uint32
        add(f"{architecture}.{key}", value)
    writer.add_tensor("token_embd.weight", np.zeros((8, 4), np.float32))
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    return path


@pytest.mark.parametrize(
    ("architecture", "keys", "reason"),
    [
        ("mamba", {}, "is of the architecture mamba; a base can be read from GGUF for llama, qwen2, qwen3"),
        ("llama", {"expert_count": 8}, "has experts"),
        ("llama", {"embedding_length": 4}, "its key llama.attention.head_count is missing"),
    ],
)
def test_what_cannot_be_a_base_says_why(architecture: str, keys: dict[str, int], reason: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=reason):
        convert(keys_alone(tmp_path / "a.gguf", architecture, **keys), tmp_path)
    assert not list(tmp_path.glob("gguf/*"))


def test_a_file_that_is_cut_off_or_none(tmp_path: Path) -> None:
    whole = write_gguf(small_nano(), tmp_path / "nano.gguf", "F16").path.read_bytes()
    cut, other = tmp_path / "cut.gguf", tmp_path / "other.gguf"
    cut.write_bytes(whole[: len(whole) // 2])
    other.write_bytes(b"PK\x03\x04 no model")
    with pytest.raises(ModelError, match="cut off"):
        convert(cut, tmp_path)
    with pytest.raises(ModelError, match="is no GGUF file"):
        convert(other, tmp_path)


def test_a_tensor_without_a_place_is_refused(tmp_path: Path) -> None:
    data = write_gguf(small_nano(), tmp_path / "nano.gguf", "F16").path.read_bytes()
    (tmp_path / "odd.gguf").write_bytes(data.replace(b"blk.0.ffn_gate.weight", b"blk.0.ffn_gxte.weight"))
    with pytest.raises(ModelError, match=r"the tensor blk\.0\.ffn_gxte\.weight, for which qwen2 has no place"):
        convert(tmp_path / "odd.gguf", tmp_path)
