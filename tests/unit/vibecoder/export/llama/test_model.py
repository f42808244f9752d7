"""llama.cpp itself, as a library: the same ids and the same numbers as the model that was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from support.small_nano import small_nano
from vibecoder.errors import BackendError
from vibecoder.export.gguf.writer import write_gguf
from vibecoder.export.llama.model import LlamaModel
from vibecoder.rendering import ChatTokenizer

TEXTS = ["def f(x):\n    return (x + 10)\n", "<|im_start|>user\nhi<|im_end|>\n<tool_call>\n", "", "日本語"]


def test_ids_and_numbers_are_the_models_own(tmp_path: Path) -> None:
    tokenizer = ChatTokenizer.load(small_nano())
    row = tokenizer.encode("import os\n\n\ndef main():\n    print(os.getcwd())\n")
    reference = AutoModelForCausalLM.from_pretrained(small_nano(), dtype=torch.float32)
    with torch.no_grad():
        exact = reference(torch.tensor([row])).logits[0].log_softmax(-1).numpy()
    with LlamaModel(write_gguf(small_nano(), tmp_path / "x.gguf", "F16").path, length=64) as model:
        assert model.tokenize(TEXTS) == [tokenizer.encode(text) for text in TEXTS]
        found = model.log_probabilities(row, range(len(row)))
        some = model.log_probabilities(row, [5, 2])
    assert (np.exp(exact) * (exact - found)).sum(-1).max() < 1e-4
    np.testing.assert_allclose(some, found[[5, 2]], atol=1e-5)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"# a text\n"])
def test_a_file_that_is_none_is_one_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(content)
    with pytest.raises(BackendError, match=r"x\.gguf does not load: ") as caught:
        LlamaModel(tmp_path / "x.gguf")
    assert "\n" not in str(caught.value)
