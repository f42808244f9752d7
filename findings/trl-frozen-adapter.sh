#!/usr/bin/env bash
# TRL's SFTTrainer trains an adapter that has nothing to train: it logs losses to the end and saves the old adapter again.
#
# Guess: PeftModel.from_pretrained opens an adapter for use, without gradients, unless told is_trainable=True; a trainer
# that is then given nothing with a gradient fails at the first backward pass, as plain torch does, or says so.
# Seen with trl 1.16.0, peft 0.21.2, transformers 5.24.0, torch 2.13.0, Linux: without is_trainable=True all steps run, the
# loss is logged for each, grad_norm is 0, and the saved adapter equals the opened one bit for bit; no line speaks of it.
# With it, the same rows change the adapter. The torch error comes only with activation_checkpointing=False: the trainer
# has it on, so embeddings are made to require a gradient, and the backward pass finds something to do. The logged losses
# go up and down as in any run, since the rows differ.
# What it means: a second stage of training on the adapter of the first can be a whole night of nothing, and its
# evaluation equals the first stage's. Look at grad_norm in the first log line, or count the parameters that require a
# gradient before training.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "trl==1.16.0" "peft==0.21.2" "transformers==5.24.0" "torch==2.13.0" "datasets==5.2.0"

cat >"$work/train.py" <<'PYTHON'
import sys

import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from tokenizers import Tokenizer, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import SFTConfig, SFTTrainer

work = sys.argv[1]
words = Tokenizer(models.WordLevel({"a": 0, "b": 1, "c": 2, "<eos>": 3, "<pad>": 4}, unk_token="<pad>"))
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<eos>", pad_token="<pad>")
shape = LlamaConfig(
    vocab_size=8, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
    pad_token_id=4, eos_token_id=3, bos_token_id=0,
)  # fmt: skip
rows = Dataset.from_list([{"input_ids": [0, 1, 2, *[0, 1, 2][:n], 3]} for n in (1, 2, 3, 1, 3, 2, 1, 2)])


def base():
    torch.manual_seed(0)
    return LlamaForCausalLM(shape)


lora = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
get_peft_model(base(), lora).save_pretrained(work + "/first")
old = load_file(work + "/first/adapter_model.safetensors")
same = {}
for trainable in (False, True):
    model = PeftModel.from_pretrained(base(), work + "/first", is_trainable=trainable)
    args = SFTConfig(
        output_dir=f"{work}/{trainable}", max_steps=4, per_device_train_batch_size=2, learning_rate=1e-2,
        use_cpu=True, bf16=False, report_to=[], logging_steps=1, save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    trainer = SFTTrainer(model=model, args=args, train_dataset=rows, processing_class=tokenizer)
    trainer.train()
    trainer.save_model()
    new = load_file(f"{work}/{trainable}/adapter_model.safetensors")
    same[trainable] = all(torch.equal(old[name], new[name]) for name in old)
    steps = [entry for entry in trainer.state.log_history if "loss" in entry]
    for name in ("loss", "grad_norm"):
        print(f"| is_trainable {trainable!s:5} {name:9}", *(f"{step[name]:.3f}" for step in steps))
    print(f"| is_trainable {trainable!s:5} saved adapter equals the opened one: {same[trainable]}")
sys.exit(not (same[False] and not same[True]))
PYTHON

HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 "$work/venv/bin/python" "$work/train.py" "$work" >"$work/out" 2>"$work/log" \
    || { tail -3 "$work/log"; echo "it has changed"; exit 1; }
grep "^| " "$work/out"
echo "as described"
