#!/usr/bin/env bash
# A Llama saved by transformers 5 opens in mlx-lm with the wrong rotary base and without its rope scaling, silently.
#
# Guess: mlx-lm, which depends on transformers 5 itself, reads the config.json that transformers 5 writes; and if a class
# of models were not up to date, all of them would be, or opening one would fail.
# Seen with mlx-lm 0.32.2 (mlx 0.32.4), transformers 5.24.0, torch 2.13.0, Linux: save_pretrained writes rope_theta and
# the scaling inside `rope_parameters` and nothing of them at the top. mlx-lm's classes read that one by one: Qwen3's
# does, so its logits agree to 1e-4; Llama's and Qwen2's do not, take their own default base (10,000 and 1,000,000), drop
# the scaling, and differ by more than 1, most of the best tokens being other ones. Nothing is printed. GLM-4's has no
# default and stops with a TypeError. With rope_theta and rope_scaling written at the top too, all agree.
# What it means: base models as published mostly have the old form and open well, Qwen2.5 even without it, as its base is
# the default; but merge an adapter into Llama 3 with transformers 5, save, convert: every position is wrong, no message
# says so, and the tuning gets the blame. Write both forms into config.json before mlx-lm opens the folder.
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
from transformers import AutoConfig, AutoModelForCausalLM

row = [int(token) for token in np.random.default_rng(0).integers(3, 128, 40)]
shape = {
    "vocab_size": 128, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "initializer_range": 0.2, "pad_token_id": 0, "eos_token_id": 2,
}  # fmt: skip
llama3 = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
          "high_freq_factor": 4.0, "original_max_position_embeddings": 64}  # fmt: skip
plain = {"rope_type": "default", "rope_theta": 100000.0}


def differences(kind, rope):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **shape, rope_parameters=dict(rope))).eval()
    folder = Path(sys.argv[1]) / kind
    model.save_pretrained(folder)
    with torch.no_grad():
        right = model(torch.tensor([row])).logits[0].numpy()
    config = json.loads((folder / "config.json").read_text())
    both = config | {"rope_theta": rope["rope_theta"], "rope_scaling": rope if rope is llama3 else None}
    for text in (config, both):
        (folder / "config.json").write_text(json.dumps(text))
        seen = np.array(load_model(folder)[0](mx.array([row]))[0])
        same = float((right.argmax(-1) == seen.argmax(-1)).mean())
        form = "both forms" if text is both else "as saved"
        print(f"{kind:5} {form:10} off by {abs(right - seen).max():.6f}, best token the same at {same:.0%}")
        yield float(abs(right - seen).max())


llama, qwen2, qwen3 = (list(differences(*pair)) for pair in (("llama", llama3), ("qwen2", plain), ("qwen3", plain)))
mended = max(llama[1], qwen2[1], *qwen3) < 1e-3
sys.exit(not (llama[0] > 1 and qwen2[0] > 1 and mended))
PYTHON

HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 "$work/venv/bin/python" "$work/compare.py" "$work" 2>"$work/log" \
    || { tail -3 "$work/log"; echo "it has changed"; exit 1; }
echo "as described"
