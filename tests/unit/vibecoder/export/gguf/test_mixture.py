"""The type of each tensor is the one that llama.cpp's own quantizer chooses."""

from __future__ import annotations

import pytest
from gguf import GGMLQuantizationType as Kind

from vibecoder.errors import ConfigError
from vibecoder.export.gguf.mixture import QUANTIZATIONS, find_quantization, kind_of


def kinds(quantization: str, tensor: str, blocks: int, row: int = 1024) -> str:
    """The type that each block of a model gets for `tensor`."""
    wanted = QUANTIZATIONS[quantization]
    return " ".join(
        kind_of(f"blk.{block}.{tensor}.weight", (512, row), wanted, blocks, True).name for block in range(blocks)
    )


def test_some_blocks_take_more() -> None:
    more = "Q6_K Q4_K Q4_K Q6_K Q4_K Q4_K Q6_K Q6_K"
    assert kinds("Q4_K_M", "attn_v", 8) == more
    assert kinds("Q4_K_M", "ffn_down", 8) == more
    assert kinds("Q5_K_M", "ffn_down", 8) == more.replace("Q4", "Q5")
    assert set(kinds("Q4_K_M", "ffn_up", 8).split()) == {"Q4_K"}
    assert set(kinds("Q6_K", "attn_v", 8).split()) == {"Q6_K"}


def test_narrow_rows_fall_back() -> None:
    """Qwen2.5-0.5B has rows of 896, and a file called Q4_K_M has hardly a K-quant in it."""
    assert set(kinds("Q4_K_M", "ffn_up", 24, 896).split()) == {"Q5_0"}
    assert set(kinds("Q5_K_M", "ffn_up", 24, 896).split()) == {"Q5_1"}
    assert set(kinds("Q6_K", "ffn_up", 24, 896).split()) == {"Q8_0"}
    assert set(kinds("Q4_K_M", "attn_v", 24, 896).split()) == {"Q5_0", "Q8_0"}
    assert set(kinds("Q8_0", "ffn_up", 2, 100).split()) == {"F16"}


@pytest.mark.parametrize(
    ("name", "row", "tied", "kind"),
    [
        ("token_embd.weight", 1024, True, Kind.Q6_K),
        ("token_embd.weight", 896, True, Kind.Q8_0),
        ("token_embd.weight", 1024, False, Kind.Q4_K),
        ("output.weight", 1024, False, Kind.Q6_K),
        ("output.weight", 896, False, Kind.Q8_0),
        ("blk.0.attn_q.bias", 1024, True, Kind.F32),
    ],
)
def test_the_ends_of_a_model(name: str, row: int, tied: bool, kind: Kind) -> None:
    shape = (row,) if name.endswith("bias") else (64, row)
    assert kind_of(name, shape, QUANTIZATIONS["Q4_K_M"], 8, tied) is kind


def test_norms_are_never_rounded() -> None:
    assert all(kind_of("blk.0.attn_norm.weight", (64,), each, 2, True) is Kind.F32 for each in QUANTIZATIONS.values())


def test_names_are_looked_up() -> None:
    assert find_quantization("q4_k_m").name == "Q4_K_M"
    with pytest.raises(ConfigError, match="unknown quantization Q4KM; did you mean Q4_K_M"):
        find_quantization("Q4KM")
