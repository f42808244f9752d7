"""scripts/nano/tune.py: only what the assistant says, or fills in, carries loss."""

from __future__ import annotations

import itertools
import sys

import pytest
from tokenizers import Tokenizer

from support import ROOT
from vibecoder.models import NANO

sys.path.insert(0, str(ROOT / "scripts" / "nano"))  # as when the script runs
tune = pytest.importorskip("tune", reason="needs the cuda extra")

TOKENIZER = Tokenizer.from_file(str(NANO / "tokenizer.json"))
MARKS = tuple(map(TOKENIZER.token_to_id, ("<|im_start|>", "<|im_end|>", "<|fim_middle|>")))


def _supervised(text: str) -> list[str]:
    """The stretches of `text` that carry loss."""
    ids = TOKENIZER.encode(text, add_special_tokens=False).ids
    targets = tune.targets(ids, *MARKS)
    assert all(target in (token, tune.IGNORED) for target, token in zip(targets, ids, strict=True))
    runs = itertools.groupby(targets, lambda target: target != tune.IGNORED)
    return [TOKENIZER.decode(list(run), skip_special_tokens=False) for carries, run in runs if carries]


def test_every_reply_of_a_chat_carries_loss_with_its_end_and_nothing_else() -> None:
    turns = (
        ("system", "Be kind."),
        ("user", "Hi"),
        ("assistant", "Hello."),
        ("user", "assistant"),
        ("assistant", "Bye."),
    )
    text = "".join(f"<|im_start|>{role}\n{said}<|im_end|>\n" for role, said in turns) + "<|endoftext|>"
    assert _supervised(text) == ["assistant\nHello.<|im_end|>", "assistant\nBye.<|im_end|>"]


def test_an_infill_carries_loss_on_its_middle_and_code_on_all_of_it() -> None:
    infill = "<|fim_prefix|>a = <|fim_suffix|>\nb = 2\n<|fim_middle|>1<|endoftext|>"
    assert _supervised(infill) == ["1<|endoftext|>"]
    assert _supervised("x = 1\n<|endoftext|>") == ["x = 1\n<|endoftext|>"]


def test_a_batch_pads_with_ids_that_carry_no_loss() -> None:
    ids, wanted = tune.batch([[5, 6, 7], [8]], 4, MARKS)
    assert ids.tolist() == [[5, 6, 7, 0], [8, 0, 0, 0]]
    assert wanted.tolist() == [[5, 6, 7, tune.IGNORED], [8, tune.IGNORED, tune.IGNORED, tune.IGNORED]]


def test_a_model_that_has_grown_says_the_same() -> None:
    import torch
    from transformers import Qwen2ForCausalLM

    model = Qwen2ForCausalLM.from_pretrained(NANO, dtype=torch.float32)
    layers = model.config.num_hidden_layers
    weights, grown = tune.grow(model.state_dict(), layers + 2)
    assert grown
    assert not tune.grow(model.state_dict(), layers)[1]
    deeper = Qwen2ForCausalLM(
        type(model.config)(**model.config.to_dict() | {"num_hidden_layers": layers + 2, "layer_types": None})
    )
    deeper.load_state_dict(weights)
    ids = torch.arange(12)[None] * 37 % 4000
    torch.testing.assert_close(deeper(ids).logits, model(ids).logits)
    assert sum(p.numel() for p in deeper.parameters()) > 1.3 * sum(p.numel() for p in model.parameters())
