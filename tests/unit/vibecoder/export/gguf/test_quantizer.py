"""llama.cpp's own quantizer, called in parts, gives the bytes that gguf-py gives where that has the type."""

from __future__ import annotations

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind
from gguf.quants import dequantize

from vibecoder.errors import BackendError
from vibecoder.export.gguf import quantizer
from vibecoder.export.gguf.quantizer import encode, size_of

VALUES = np.random.default_rng(0).normal(size=(37, 512)).astype(np.float32)


@pytest.mark.parametrize("kind", [Kind.F32, Kind.F16, Kind.BF16, Kind.Q8_0, Kind.Q5_0, Kind.Q5_1])
def test_the_bytes_are_those_of_gguf_py(kind: Kind) -> None:
    expected = gguf.quants.quantize(VALUES, kind)
    np.testing.assert_array_equal(encode(VALUES, kind), expected.view(np.uint8).reshape(len(VALUES), -1))


@pytest.mark.parametrize("kind", [Kind.Q4_K, Kind.Q5_K, Kind.Q6_K])
def test_parts_make_the_whole(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = encode(VALUES, kind, np.ones(512, np.float32))
    monkeypatch.setattr(quantizer, "_WORTH_SHARING", 0)
    monkeypatch.setattr(quantizer, "cores", lambda: 5)
    np.testing.assert_array_equal(encode(VALUES, kind, np.ones(512, np.float32)), whole)
    assert whole.nbytes == size_of(kind, VALUES.shape)
    error = np.linalg.norm(dequantize(whole, kind) - VALUES) / np.linalg.norm(VALUES)
    assert error < {Kind.Q4_K: 0.08, Kind.Q5_K: 0.04, Kind.Q6_K: 0.02}[kind]


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BackendError, match="too large for F16"):
        encode(np.full((1, 32), 1e6, np.float32), Kind.F16)
    with pytest.raises(BackendError, match="not finite"):
        encode(np.full((1, 32), np.nan, np.float32), Kind.Q8_0)
    with pytest.raises(BackendError, match="does not fit a matrix"):
        encode(VALUES, Kind.Q4_K, np.ones(7, np.float32))
