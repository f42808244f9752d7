"""The truth test of a folder of safetensors: opened by a backend as training opens it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vibecoder.errors import VibecoderError
from vibecoder.export.truth.cases import rendered_text
from vibecoder.export.truth.compare import check_ids, check_numbers, check_texts
from vibecoder.export.truth.reference import Reference
from vibecoder.export.truth.verdict import Check, Truth
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import BackendSpec, Inspectable, ModelSpec

__all__ = ["check_folder"]


def check_folder(folder: Path, quantization: str, reference: Reference, spec: BackendSpec) -> Truth:
    """Hold a folder whose weights are of `quantization` against the trainer's model."""
    checks: list[Check] = []
    try:
        tokenizer = ChatTokenizer.load(folder)
        checks.append(check_ids(reference, lambda texts: [tokenizer.encode(text) for text in texts]))
        checks.append(check_texts(reference, lambda given: rendered_text(tokenizer, given, prompt=True)))
        backend = spec.open(ModelSpec(str(folder), "none", reference.precision))
        try:
            assert isinstance(backend, Inspectable)
            opened = backend

            def compute(row: Sequence[int], positions: Sequence[int]) -> NDArray[np.float32]:
                return next(iter(opened.distributions([row], None)))[list(positions)]

            checks.append(check_numbers(reference, quantization, compute))
        finally:
            backend.close()
    except VibecoderError as error:
        checks.append(Check("loads", False, str(error)))
    return Truth(folder.name, tuple(checks))
