#!/usr/bin/env bash
# In llama.cpp's server a request with "lora": [] leaves every adapter on; one that names a single adapter turns off the
# others.
#
# Guess: the list says which adapters a request wants. Then an empty list gives the base model, and a list with one
# adapter sets that one and either keeps or drops the others, for the empty list and the full one alike.
# Seen with xllamacpp 2026.10.11549 (llama.cpp's server in the process), gguf 0.19.0, Linux x86-64, two adapters loaded
# with scale 1: [] answers as no list at all, with both on. A list of one sets the other to 0. An entry without a scale
# turns its own adapter off too. An id that does not exist is accepted, and the base model answers.
# What it means: whoever measures "without the adapter" with an empty list measures the adapter and finds no difference;
# whoever mistypes an id or leaves out the scale serves the base model without an error. Send every id with its scale,
# each time, and compare one answer's log-probabilities with scale 0 and 1 before an evaluation.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "xllamacpp==2026.10.11549" "gguf==0.19.0" "numpy==2.4.6"

cat >"$work/run.py" <<'PYTHON'
import json
import sys
import urllib.request

import gguf
import numpy as np
import xllamacpp

template = "{% for message in messages %}{{ message.content }}{% endfor %}"
w = gguf.GGUFWriter("tiny.gguf", "llama")
sizes = {"context_length": 512, "embedding_length": 32, "block_count": 1, "feed_forward_length": 64, "attention.head_count": 2}
for name, value in sizes.items():
    w.add_uint32("llama." + name, value)
w.add_layer_norm_rms_eps(1e-5), w.add_rope_freq_base(10000.0), w.add_chat_template(template)
tokens = [*map(chr, range(33, 127)), "\u0120", "\u010a", "th", "<|im_start|>", "<|im_end|>"]
w.add_tokenizer_model("gpt2"), w.add_tokenizer_pre("gpt-2"), w.add_token_list(tokens), w.add_token_merges(["t h"])
w.add_token_types([1] * 97 + [3, 3]), w.add_eos_token_id(98), w.add_add_bos_token(False)
shapes = {"token_embd": (99, 32), "output_norm": (32,)}
shapes |= {"blk.0." + name: (32,) for name in ("attn_norm", "ffn_norm")}
shapes |= {"blk.0.attn_" + name: (32, 32) for name in ("q", "k", "v", "output")}
shapes |= {"blk.0.ffn_gate": (64, 32), "blk.0.ffn_up": (64, 32), "blk.0.ffn_down": (32, 64)}
random = np.random.default_rng(0)
for name, shape in shapes.items():
    values = random.standard_normal(shape) * 0.3 if len(shape) == 2 else np.ones(shape)
    w.add_tensor(name + ".weight", values.astype(np.float32))
w.write_header_to_file(), w.write_kv_data_to_file(), w.write_tensors_to_file(), w.close()
for path in ("a.gguf", "b.gguf"):
    w = gguf.GGUFWriter(path, "llama")
    w.add_string("general.type", "adapter"), w.add_string("adapter.type", "lora"), w.add_float32("adapter.lora.alpha", 4.0)
    for name, shape in {"lora_a": (4, 32), "lora_b": (32, 4)}.items():
        w.add_tensor("blk.0.attn_v.weight." + name, (random.standard_normal(shape) * 0.3).astype(np.float32))
    w.write_header_to_file(), w.write_kv_data_to_file(), w.write_tensors_to_file(), w.close()

parameters = xllamacpp.CommonParams()
parameters.model.path, parameters.n_ctx, parameters.n_parallel, parameters.verbosity = "tiny.gguf", 512, 1, 0
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
parameters.fit_params = False
parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(name, 1.0) for name in ("a.gguf", "b.gguf")]
server = xllamacpp.Server(parameters)


def post(path, body):
    request = urllib.request.Request(server.listening_address + path, json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    return json.load(urllib.request.urlopen(request))


def answer(lora):
    body = {"prompt": "the cat", "n_predict": 1, "temperature": 0, "ignore_eos": True, "n_probs": 20, "cache_prompt": False}
    reply = post("/completion", body if lora is None else body | {"lora": lora})
    return {entry["id"]: round(entry["logprob"], 3) for entry in reply["completion_probabilities"][0]["top_logprobs"]}


def scales(a, b):
    return answer([{"id": 0, "scale": a}, {"id": 1, "scale": b}])


known = {"both": scales(1, 1), "a only": scales(1, 0), "b only": scales(0, 1), "base model": scales(0, 0)}
requests = (
    (None, "both"), ([], "both"), ([{"id": 0, "scale": 1}], "a only"), ([{"id": 1, "scale": 1}], "b only"),
    ([{"id": 0}], "base model"), ([{"id": 7, "scale": 1}], "base model"),
)  # fmt: skip
as_described = len({str(values) for values in known.values()}) == 4
for lora, expected in requests:
    values = answer(lora)
    seen = [name for name, other in known.items() if values == other]
    print(f'{"no list" if lora is None else json.dumps(lora):26} answers as: {", ".join(seen) or "none of them"}')
    as_described = as_described and seen == [expected]
sys.exit(not as_described)
PYTHON

(cd "$work" && "$work/venv/bin/python" run.py 2>"$work/log") || { tail -3 "$work/log"; echo "it has changed"; exit 1; }
echo "as described"
