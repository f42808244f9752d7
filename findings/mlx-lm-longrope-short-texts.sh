#!/usr/bin/env bash
# mlx-lm gives a Phi-3 model the stretched positions of long texts for short texts too: it never reads short_factor.
#
# Guess: a model with LongRoPE has two lists, short_factor for texts within its original window and long_factor for
# longer ones, and mlx-lm takes the list by the text's length as transformers does, or says that it can't.
# Seen with mlx-lm 0.32.2 (mlx 0.32.4), transformers 5.24.0, torch 2.13.0, Linux: one folder with random weights and a
# config in the form in which Phi-3.5 is published, window 64 of 2,048, opened by both. 100 tokens: the logits agree to
# 1e-4 and so does every best token. 40 tokens: they differ by more than 1, and more than half of the best tokens are other
# ones. With long_factor copied over short_factor both agree on 40 tokens as well, which shows what mlx-lm computes.
# No warning either way.
# What it means: nearly all rows of a tuning set fit a 4,096 window. In mlx-lm they are trained and sampled with
# positions that the model was made for only beyond it, and an adapter made so meets other positions wherever the model is
# then served. Compare the logits of one row with transformers before you tune a LongRoPE model; to tune on short rows
# only, write short_factor's list in place of long_factor's into a copy of the config (the length factor on queries and
# keys is the same for both).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "mlx[cpu]==0.32.4" "mlx-lm==0.32.2" "transformers==5.24.0" "torch==2.13.0" "numpy==2.4.6"

cat >"$work/compare.py" <<'PYTHON'
import json
import sys
from pathlib import Path

import mlx.core as mx
import numpy as np
import torch
from mlx_lm.utils import load_model
from transformers import AutoModelForCausalLM, Phi3Config

folder = Path(sys.argv[1])
stretched = [1.0, 1.5, 2.0, 4.0, 8.0, 16.0, 32.0, 48.0]
published = {
    "architectures": ["Phi3ForCausalLM"], "model_type": "phi3", "vocab_size": 128, "hidden_size": 64,
    "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4,
    "rms_norm_eps": 1e-5, "max_position_embeddings": 2048, "original_max_position_embeddings": 64,
    "rope_theta": 10000.0, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "initializer_range": 0.2,
    "tie_word_embeddings": False, "torch_dtype": "float32",
    "rope_scaling": {"type": "longrope", "short_factor": [1.0] * 8, "long_factor": stretched},
}  # fmt: skip
torch.manual_seed(0)
AutoModelForCausalLM.from_config(Phi3Config(**json.loads(json.dumps(published)))).save_pretrained(folder)
tokens = [int(token) for token in np.random.default_rng(0).integers(3, 128, 100)]


def difference(length, short):
    published["rope_scaling"]["short_factor"] = short
    (folder / "config.json").write_text(json.dumps(published))
    row = tokens[:length]
    with torch.no_grad():
        right = AutoModelForCausalLM.from_pretrained(folder)(torch.tensor([row])).logits[0].numpy()
    seen = np.array(load_model(folder)[0](mx.array([row]))[0])
    far, same = float(abs(right - seen).max()), float((right.argmax(-1) == seen.argmax(-1)).mean())
    print(f"{length:3} tokens, logits up to {abs(right).max():.1f}: off by {far:.6f}, best token the same at {same:.0%}")
    return far


long, short = difference(100, [1.0] * 8), difference(40, [1.0] * 8)
copied = difference(40, stretched)
sys.exit(not (long < 1e-3 and short > 1 and copied < 1e-3))
PYTHON

HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 "$work/venv/bin/python" "$work/compare.py" "$work/model" 2>"$work/log" \
    || { tail -3 "$work/log"; echo "it has changed"; exit 1; }
echo "as described"
