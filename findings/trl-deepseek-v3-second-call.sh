#!/usr/bin/env bash
# DeepSeek V3's chat template, as TRL carries it, writes the second calling turn without its markers and without its text.
#
# Guess: a template renders every assistant turn of a conversation alike: its marker, its text, its calls between
# begin and end; a second turn that calls a tool looks like the first.
# Seen with trl 1.16.0 (chat_templates/deepseekv3), jinja2 3.1.6: of a conversation with two calling turns, the first has
# <Assistant>, its text and "tool calls begin". The second has neither of the three: its text is lost, and the call
# follows a line end as though it were a second call of the first turn, but after that turn's end of sentence. The calls
# are still closed twice, the results too are opened once. No error. A variable that is set at the first call of the
# conversation is never set back.
# What it means: an agent's rows have many calling turns. Of these, all but the first teach the model to call without the
# opening token, right after a result, and what it said before calling is not trained on at all; a server that looks for
# the opening token sees no call. Count the markers in a rendered conversation of three or more turns before tuning, and
# look for the text of each assistant turn in it; then mend a copy of the template.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "jinja2==3.1.6"
"$work/venv/bin/pip" install -q --no-deps "trl==1.16.0"

cat >"$work/render.py" <<'PYTHON'
import json
import sys
from importlib.metadata import files

from jinja2.sandbox import ImmutableSandboxedEnvironment

template = next(file for file in files("trl") if file.name == "deepseekv3.jinja").read_text()
python = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)


def turn(text, name):
    call = {"type": "function", "function": {"name": name, "arguments": json.dumps({"path": "a.py"})}}
    return {"role": "assistant", "content": text, "tool_calls": [call]}


conversation = [
    {"role": "user", "content": "Mend it."},
    turn("First I read.", "read"), {"role": "tool", "content": "x = 1"},
    turn("Then I write.", "write"), {"role": "tool", "content": "written"},
    {"role": "assistant", "content": "Done."},
]  # fmt: skip
text = python.from_string(template).render(messages=conversation, bos_token="", add_generation_prompt=False)
print(text)
parts = {"calls begin": "<｜tool▁calls▁begin｜>", "calls end": "<｜tool▁calls▁end｜>", "results begin": "<｜tool▁outputs▁begin｜>",
         "Assistant": "<｜Assistant｜>", "first text": "First I read.", "second text": "Then I write."}  # fmt: skip
counts = {name: text.count(part) for name, part in parts.items()}
print(counts)
expected = {"calls begin": 1, "calls end": 2, "results begin": 1, "Assistant": 1, "first text": 1, "second text": 0}
sys.exit(counts != expected)
PYTHON

"$work/venv/bin/python" "$work/render.py" 2>"$work/log" || { tail -3 "$work/log"; echo "it has changed"; exit 1; }
echo "as described"
