#!/usr/bin/env bash
# llama.cpp's server takes tool_choice with a function's name and ignores it; "required" does not bring a call either.
#
# Guess: {"type": "function", "function": {"name": "stop"}} makes the reply a call of that function, through the grammar
# that the server builds of the tools; a server that can't do it answers with an error, as for a name that no tool has.
# And "required" makes the reply begin with a call, as any model can be made to by a grammar.
# Seen with xllamacpp 2026.10.11549 (llama.cpp's server in the process), gguf 0.19.0, Linux x86-64, greedy, a model of
# random weights with a template of the <tool_call> form: the named function gives the reply of "auto", letter for
# letter, status 200; so does a name that is in no tool. "required" gives prose up to max_tokens, without a call.
# What it means: a client that relies on a forced call (routers, extractors, evaluation of arguments apart from choice) gets
# what the model felt like, and the score is of something else. Offer only the one tool in the request, check that the
# reply has tool_calls, and give a JSON schema as response_format without tools where the form must be sure.
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

template = """{% for tool in tools or [] %}{{ tool | tojson }}
{% endfor %}{% for message in messages %}<|im_start|>{{ message.role }}
{{ message.content or '' }}{% for call in message.tool_calls or [] %}<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
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


def tool(name):
    schema = {"type": "object", "properties": {"where": {"type": "string"}}, "required": ["where"]}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": schema}}


def reply(choice):
    body = {"messages": [{"role": "user", "content": "go on"}], "tools": [tool("go"), tool("stop")]}
    answer = post("/v1/chat/completions", body | {"tool_choice": choice, "max_tokens": 60, "temperature": 0})
    message = answer["choices"][0]["message"]
    calls = [call["function"]["name"] for call in message.get("tool_calls") or []]
    print(f'{json.dumps(choice):55} calls {calls}, text {message["content"][:24]!r}...')
    return calls, message["content"]


auto, required = reply("auto"), reply("required")
named, unknown = (reply({"type": "function", "function": {"name": name}}) for name in ("stop", "fly"))
caps = json.load(urllib.request.urlopen(server.listening_address + "/props"))["chat_template_caps"]
print("the server says of the template: supports_tool_calls", caps["supports_tool_calls"])
sys.exit(not (caps["supports_tool_calls"] and named == auto and unknown == auto and required[0] == []))
PYTHON

(cd "$work" && "$work/venv/bin/python" run.py 2>"$work/log") || { tail -3 "$work/log"; echo "it has changed"; exit 1; }
echo "as described"
