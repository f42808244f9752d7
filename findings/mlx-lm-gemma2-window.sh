#!/usr/bin/env bash
# mlx-lm runs Gemma 2 without its sliding window: beyond the window every layer sees the whole text.
#
# Guess: Gemma 2 looks back sliding_window tokens in every other layer, in mlx-lm as in transformers, as mlx-lm's own
# Gemma 3 does; or a text longer than the window brings a warning.
# Seen with mlx-lm 0.32.2 (mlx 0.32.4), transformers 5.24.0, torch 2.13.0, Linux: one folder of random weights, window 8,
# opened by both. 8 tokens: the logits agree to 1e-4. 40 tokens: those of the first 8 still do, later ones are off by
# more than 1. transformers with the window set to 40 gives what mlx-lm gives for either: sliding_window in
# config.json isn't read.
# What it means: Gemma 2 was published with a window of 4,096 and 8,192 positions. Rows between the two (whole files,
# long tool conversations) are trained and sampled in mlx-lm with attention that the model has nowhere else. Cut rows at
# the window, or tune those with another library.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "mlx[cpu]==0.32.4" "mlx-lm==0.32.2" "transformers==5.24.0" "torch==2.13.0" "numpy==2.4.6"

cat >"$work/compare.py" <<'PYTHON'
import sys
from pathlib import Path

import mlx.core as mx
import numpy as np
import torch
from mlx_lm.utils import load_model
from transformers import AutoModelForCausalLM, Gemma2Config

folder = Path(sys.argv[1])
shape = Gemma2Config(
    vocab_size=128, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=16, query_pre_attn_scalar=16, sliding_window=8, initializer_range=0.2,
    pad_token_id=0, eos_token_id=1, bos_token_id=2,
)  # fmt: skip
torch.manual_seed(0)
AutoModelForCausalLM.from_config(shape).save_pretrained(folder)
tokens = [int(token) for token in np.random.default_rng(0).integers(3, 128, 40)]
seen = {length: np.array(load_model(folder)[0](mx.array([tokens[:length]]))[0]) for length in (8, 40)}


def difference(length, window, first, last):
    options = {"sliding_window": window, "attn_implementation": "eager"}
    with torch.no_grad():
        model = AutoModelForCausalLM.from_pretrained(folder, **options)
        right = model(torch.tensor([tokens[:length]])).logits[0].numpy()
    far = float(abs(right - seen[length])[first:last].max())
    print(f"{length:2} tokens, window {window:2} in transformers: logits {first} to {last} off by {far:.6f}")
    return far


short, begin, later = difference(8, 8, 0, 8), difference(40, 8, 0, 8), difference(40, 8, 8, 40)
without = difference(40, 40, 0, 40)
sys.exit(not (max(short, begin, without) < 1e-3 and later > 1))
PYTHON

HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 "$work/venv/bin/python" "$work/compare.py" "$work/model" 2>"$work/log" \
    || { tail -3 "$work/log"; echo "it has changed"; exit 1; }
echo "as described"
