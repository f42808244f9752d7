"""`vibecoder data convert`: between forms, scrubbed on the way in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.planted_secrets import SECRETS, leaks
from support.terminal import Terminal
from vibecoder.dataset.store import Dataset
from vibecoder.types import Comparison, Infill, Rated

pytestmark = pytest.mark.usefixtures("two_files")


def test_convert_writes_a_file_for_each_of_trls_trainers(data: Terminal) -> None:
    ask, good, bad = ([{"role": role, "content": text}] for role, text in
                      (("user", "x"), ("assistant", "y"), ("assistant", "z")))  # fmt: skip
    Dataset("b.jsonl").append([Comparison(messages=ask, chosen=good, rejected=bad),
                               Rated(messages=ask, completion=bad, label=False),
                               Infill(prefix="a", middle="b", suffix="c")])  # fmt: skip
    _, err = data("convert", "b.jsonl", "--to", "trl", "--out", "trl")
    assert "left out: 1 rows: TRL's trainers have no form for an infill" in err
    found = {path.name: [json.loads(line) for line in path.open()] for path in Path("trl").iterdir()}
    assert {name: len(rows) for name, rows in found.items()} == {"sft.jsonl": 4, "dpo.jsonl": 1, "kto.jsonl": 1}
    assert found["kto.jsonl"] == [{"prompt": ask, "completion": bad, "label": False}]


def test_an_alpaca_file_comes_in_scrubbed_and_goes_out_again(data: Terminal) -> None:
    pairs = [{"instruction": f"What is rule {n}?", "input": "", "output": f"It is {n}."} for n in range(5)]
    spoiled = [{"instruction": kind, "input": "", "output": line} for kind, (_, line) in SECRETS.items()]
    Path("fine-tuning-file.json").write_text(json.dumps(pairs))
    data("convert", "fine-tuning-file.json", "--to", "vibecoder", "--out", "rows.jsonl")
    data("convert", "rows.jsonl", "--to", "alpaca", "--out", "again.json")
    assert json.loads(Path("again.json").read_text()) == pairs
    Path("spoiled.json").write_text(json.dumps([*spoiled, 7]))
    out, err = data("convert", "spoiled.json", "--to", "vibecoder", "--out", "spoiled.jsonl", status=2)
    assert f"{len(spoiled)} rows" in out
    assert not leaks(out + err + Path("spoiled.jsonl").read_text())
