#!/usr/bin/env bash
# load_dataset("json") turns strings into numbers, objects and None in a field whose type differs between rows.
#
# Guess: a JSON string stays a string. Where a field's type differs between rows, either reading fails, or the column,
# whose type is then called Json, keeps each value as it stands in the file.
# Seen with datasets 5.2.0 (pyarrow 26.0.1), Linux: when one row's value is a list or an object and the others' are strings,
# the column becomes Json, and each string that happens to be JSON is parsed once more: '5' -> 5, 'true' -> True, 'null' ->
# None, '{"q": 1}' -> a dict, and looser than JSON: '007' -> 7, and the short commit hash '4e10211' -> inf. 'main' stays.
# The same strings in a column without the other type stay strings. No error, no warning.
# What it means: a column of tool arguments or answers is changed by ONE row elsewhere in the file, and the model is
# trained on numbers where the tool wants strings, or on the word Infinity. With the type given before reading,
# Features({"value": Json()}) on the object around the field instead of on the field, values come back as written; so
# does a column that holds the JSON as text to be parsed by oneself. (Below, that way is tried too.)
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "datasets==5.2.0" "pyarrow==26.0.1"

cat >"$work/read.py" <<'PYTHON'
import json
import sys
from pathlib import Path

from datasets import Features, Json, load_dataset

strings = ["5", "true", "null", '{"q": 1}', "007", "4e10211", "main"]


def read(name, values, features=None):
    path = Path(sys.argv[1], name + ".jsonl")
    path.write_text("".join(json.dumps({"arguments": {"value": value}}) + "\n" for value in values))
    rows = load_dataset("json", data_files=str(path), split="train", features=features, cache_dir=sys.argv[1] + "/cache")
    print(f"{name}: {rows.features}")
    return [row["arguments"]["value"] for row in rows][: len(strings)]


alone = read("strings", strings)
mixed = read("strings and a list", [*strings, ["a", "list"]])
typed = read("the same, with the type given", [*strings, ["a", "list"]], Features({"arguments": Json()}))
for before, after, kept in zip(strings, mixed, typed, strict=True):
    print(f"  {before!r:12} came back as {after!r:12} with the type given as {kept!r}")
expected = [5, True, None, {"q": 1}, 7, float("inf"), "main"]
sys.exit(not (alone == strings and mixed == expected and typed == strings))
PYTHON

HF_HUB_OFFLINE=1 HF_HOME="$work/home" "$work/venv/bin/python" "$work/read.py" "$work" 2>"$work/log" \
    || { tail -3 "$work/log"; echo "it has changed"; exit 1; }
echo "as described"
