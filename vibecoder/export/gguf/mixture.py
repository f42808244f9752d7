"""Choose the type of each tensor of a GGUF file, as llama.cpp's own quantizer mixes them.

A K-quant needs rows that are a multiple of 256; other rows take the next larger type with blocks of 32, or stay F16.
Source: `src/llama-quant.cpp` of llama.cpp.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gguf import GGML_QUANT_SIZES, GGUFReader, LlamaFileType
from gguf import GGMLQuantizationType as Kind

from vibecoder.errors import ConfigError, ModelError, suggestion

__all__ = ["QUANTIZATIONS", "Quantization", "find_quantization", "kind_of", "quantization_of"]


@dataclass(frozen=True, slots=True)
class Quantization:
    """A named mixture: the type of most tensors, and the file's type by which readers call it."""

    name: str
    most: Kind
    file_type: LlamaFileType

    @property
    def is_mixed(self) -> bool:
        return self.name.endswith("_M")

    @property
    def weighs(self) -> bool:
        """Whether its quantizers weigh columns by their importance."""
        return self.name in ("Q4_K_M", "Q5_K_M", "Q6_K")


QUANTIZATIONS: Mapping[str, Quantization] = {
    each.name: each
    for each in (
        Quantization("F32", Kind.F32, LlamaFileType.ALL_F32),
        Quantization("F16", Kind.F16, LlamaFileType.MOSTLY_F16),
        Quantization("BF16", Kind.BF16, LlamaFileType.MOSTLY_BF16),
        Quantization("Q8_0", Kind.Q8_0, LlamaFileType.MOSTLY_Q8_0),
        Quantization("Q6_K", Kind.Q6_K, LlamaFileType.MOSTLY_Q6_K),
        Quantization("Q5_K_M", Kind.Q5_K, LlamaFileType.MOSTLY_Q5_K_M),
        Quantization("Q4_K_M", Kind.Q4_K, LlamaFileType.MOSTLY_Q4_K_M),
    )
}
_PLAIN = (Kind.F32, Kind.F16, Kind.BF16)
_NARROWER = {Kind.Q4_K: Kind.Q5_0, Kind.Q5_K: Kind.Q5_1, Kind.Q6_K: Kind.Q8_0}
"""What takes the place of a type whose blocks of 256 do not divide a row."""
_BLOCK = re.compile(r"blk\.(\d+)\.")


def find_quantization(name: str) -> Quantization:
    """Look a mixture up by its name, in any case.

    Raises:
        ConfigError: there is none of that name.
    """
    found = QUANTIZATIONS.get(name.upper().replace("-", "_"))
    if found is None:
        raise ConfigError(f"unknown quantization {name}{suggestion(name.upper(), QUANTIZATIONS)}")
    return found


def quantization_of(path: Path) -> str:
    """Read from a GGUF file which mixture it is.

    Raises:
        ModelError: it is no GGUF file, or of a type that is not written here.
    """
    try:
        field = GGUFReader(path).get_field("general.file_type")
    except (OSError, ValueError, IndexError) as error:
        raise ModelError(f"{path} is no GGUF file ({error}); export the model again") from error
    found = [each.name for each in QUANTIZATIONS.values() if field and each.file_type == field.contents()]
    if not found:
        raise ModelError(f"{path} is of a quantization that is not known here; known: {', '.join(QUANTIZATIONS)}")
    return found[0]


def kind_of(name: str, shape: tuple[int, ...], wanted: Quantization, blocks: int, tied: bool) -> Kind:
    """Choose the type of the tensor `name` (llama.cpp's name) of `shape` [out, in]; `tied` if it has no output."""
    if len(shape) < 2 or not name.endswith(".weight"):
        return Kind.F32
    if wanted.most in _PLAIN:
        return wanted.most
    return _fitting(_wished(name, shape[-1], wanted, blocks, tied), shape[-1])


def _wished(name: str, row: int, wanted: Quantization, blocks: int, tied: bool) -> Kind:
    if name == "output.weight" or (tied and name == "token_embd.weight"):
        return Kind.Q8_0 if wanted.most is Kind.Q8_0 or row % GGML_QUANT_SIZES[wanted.most][0] else Kind.Q6_K
    if not wanted.is_mixed:
        return wanted.most
    found = _BLOCK.match(name)
    if found and name.endswith(("attn_v.weight", "ffn_down.weight")) and _takes_more(int(found[1]), blocks):
        return Kind.Q6_K
    if blocks == _BLOCKS_OF_70B and name.endswith("attn_v.weight") and wanted.most is Kind.Q4_K:
        return Kind.Q5_K
    return wanted.most


_BLOCKS_OF_70B = 80
"""llama.cpp tells a 70B model by its blocks, and gives its few values more bits."""


def _takes_more(block: int, blocks: int) -> bool:
    """Tell whether a block is in the first eighth, in the last, or a third one between them."""
    return block < blocks // 8 or block >= 7 * blocks // 8 or (block - blocks // 8) % 3 == 2


def _fitting(kind: Kind, row: int) -> Kind:
    if row % GGML_QUANT_SIZES[kind][0]:
        kind = _NARROWER.get(kind, kind)
    return Kind.F16 if row % GGML_QUANT_SIZES[kind][0] else kind
