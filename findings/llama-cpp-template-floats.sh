#!/usr/bin/env bash
# llama.cpp's server writes the numbers of earlier tool calls and of tool schemas with six significant digits.
#
# Guess: a model's own chat template, stored in the GGUF byte for byte, gives the same prompt in llama.cpp as in Python's
# Jinja, and `tojson` gives the JSON that came in.
# Seen with xllamacpp 2026.10.11549 (llama.cpp's server in the process), jinja2 3.1.6, gguf 0.19.0, Linux x86-64: of one
# call and one tool, `/apply-template` makes 48.8583701 -> 48.8584, 123456789.25 -> 1.23457e+08, 1.0 -> 1. Whole numbers
# and the rest of the prompt are equal to Jinja's.
# What it means: an agent that was given a coordinate, a price or a time stamp with a fraction sees its own last call
# changed in the next turn, by metres, by dollars or (seconds since 1970) by up to 83 minutes, and may copy that into the
# next one; and a model tuned on the exact numbers reads another form (1 for 1.0). Send such arguments as strings, or
# render the prompt in Python and use `/completion`; compare `/apply-template` with the training text on rows that hold
# fractions.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "xllamacpp==2026.10.11549" "gguf==0.19.0" "jinja2==3.1.6" "numpy==2.4.6"

cat >"$work/run.py" <<'PYTHON'
import json
import re
import sys
import urllib.request

import gguf
import numpy as np
import xllamacpp
from jinja2.sandbox import ImmutableSandboxedEnvironment

template = """{% for tool in tools %}{{ tool | tojson }}
{% endfor %}{% for message in messages %}<|im_start|>{{ message.role }}
{% for call in message.tool_calls or [] %}{{ call.function.name }} {{ call.function.arguments | tojson }}
{% endfor %}{{ message.content }}<|im_end|>
{% endfor %}<|im_start|>assistant
"""
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

parameters = xllamacpp.CommonParams()
parameters.model.path, parameters.n_ctx, parameters.n_parallel, parameters.verbosity = "tiny.gguf", 512, 1, 0
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
parameters.fit_params = False
server = xllamacpp.Server(parameters)


def post(path, body):
    request = urllib.request.Request(server.listening_address + path, json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    return json.load(urllib.request.urlopen(request))


point = {"latitude": 48.8583701, "cents": 123456789.25, "zoom": 1.0, "id": 12345678901}
schema = {"type": "object", "properties": {"cents": {"type": "number", "maximum": 123456789.25}}}
tools = [{"type": "function", "function": {"name": "go", "description": "Go there.", "parameters": schema}}]


def messages(arguments):
    call = {"id": "1", "type": "function", "function": {"name": "go", "arguments": arguments}}
    turns = [{"role": "user", "content": "go"}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    return [*turns, {"role": "tool", "tool_call_id": "1", "content": "done"}]


python = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
python.filters["tojson"] = json.dumps
right = python.from_string(template).render(messages=messages(point), tools=tools)
seen = post("/apply-template", {"messages": messages(json.dumps(point)), "tools": tools})["prompt"]
for one, other in zip(right.splitlines(), seen.splitlines(), strict=True):
    if one != other:
        print("jinja2   ", one, "\nllama.cpp", other)
number = r"(?<=[ ])[0-9][-+.e0-9]*"
changed = dict(zip(re.findall(number, right), re.findall(number, seen), strict=True))
print(changed)
expected = {"48.8583701": "48.8584", "123456789.25": "1.23457e+08", "1.0": "1", "12345678901": "12345678901"}
sys.exit(not (changed == expected and re.sub(number, "N", right).strip() == re.sub(number, "N", seen).strip()))
PYTHON

(cd "$work" && "$work/venv/bin/python" run.py 2>"$work/log") || { tail -3 "$work/log"; echo "it has changed"; exit 1; }
echo "as described"
