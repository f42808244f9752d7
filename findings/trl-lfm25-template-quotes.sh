#!/usr/bin/env bash
# LFM2.5's chat template, as TRL carries it, writes tool arguments unescaped: code in a call can't be read back.
#
# Guess: a template that writes calls as Python, [write(text='...')], escapes quotes, line ends and backslashes as repr
# does; and of two versions of one family the newer keeps what the older did right.
# Seen with trl 1.16.0 (its folder chat_templates, files lfm2_v2 and lfm2_2_5), jinja2 3.1.6: for each of four
# values, the call is rendered and parsed as Python. LFM2's gives every value back. LFM2.5's gives back a plain word; an
# apostrophe or a line end makes the call a syntax error, and of a backslash and an n it makes a line end, silently.
# lfm2_2_5_v2 does the same. No error while rendering.
# What it means: a coding model's calls are full of quotes and line ends (write a file, replace a line, run a command).
# Tuned on rows rendered so, it learns calls that no parser can read, and the rows whose text holds \n teach wrong code.
# Before tuning, parse every rendered call back and compare it with the arguments; render calls yourself, escaped, where
# they differ, and serve with the same template.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "jinja2==3.1.6"
"$work/venv/bin/pip" install -q --no-deps "trl==1.16.0"

cat >"$work/render.py" <<'PYTHON'
import ast
import json
import re
import sys
from importlib.metadata import files

from jinja2.sandbox import ImmutableSandboxedEnvironment

templates = {file.stem: file for file in files("trl") if file.parent.name == "chat_templates"}
python = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
python.filters["tojson"] = json.dumps


def read_back(name, value):
    call = {"type": "function", "function": {"name": "write", "arguments": {"text": value}}}
    turns = [{"role": "user", "content": "go"}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    # transformers' own tag around what an assistant says; it prints nothing
    source = re.sub(r"\{%-? *(end)?generation *-?%\}", "", templates[name].read_text())
    text = python.from_string(source).render(messages=turns, bos_token="")
    call = re.search(r"<\|tool_call_start\|>(.*)<\|tool_call_end\|>", text, re.DOTALL)[1]
    try:
        read = ast.literal_eval(ast.parse(call).body[0].value.elts[0].keywords[0].value)
        result = "same" if read == value else "other"
    except SyntaxError:
        read, result = "", "unreadable"
    print(f"{name:12} {value!r:14} -> {call!r:32} {result} {repr(read) if result == 'other' else ''}")
    return result


values = ("word", "it's", "two\nlines", "print('a\\n')".replace("'", '"'))
results = {name: [read_back(name, value) for value in values] for name in ("lfm2_v2", "lfm2_2_5", "lfm2_2_5_v2")}
newer = ["same", "unreadable", "unreadable", "other"]
sys.exit(results != {"lfm2_v2": ["same"] * 4, "lfm2_2_5": newer, "lfm2_2_5_v2": newer})
PYTHON

"$work/venv/bin/python" "$work/render.py" 2>"$work/log" || { tail -3 "$work/log"; echo "it has changed"; exit 1; }
echo "as described"
