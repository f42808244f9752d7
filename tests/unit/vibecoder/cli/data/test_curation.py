"""`vibecoder data merge`, `dedupe`, `split`, `lengths`, `decontaminate` and `convert`, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.planted_secrets import SECRETS, leaks
from vibecoder.cli import main
from vibecoder.dataset.store import Dataset
from vibecoder.evaluate.suites.by_name import BUILT_IN
from vibecoder.types import Comparison, Example, Infill, Rated, SuiteJob

PROMPT = "Write a function that reads a file and returns how many of its lines are empty."


def chat(said: str, group: str = "", category: str = "tool-use") -> Example:
    turns = [{"role": "user", "content": said}, {"role": "assistant", "content": f"done: {said}"}]
    return Example(messages=turns, group=group, category=category)


class Terminal:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *args: str, status: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["data", *args])
        out, err = self.capsys.readouterr()
        assert stopped.value.code == status, err
        return out, err


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.chdir(tmp_path)
    words = " ".join(f"w{n}" for n in range(80))
    Dataset("a.jsonl").append([chat(f"task {n}", f"g{n // 2}", "ab"[n % 2]) for n in range(40)])
    Dataset("b.jsonl").append([chat("task 0"), chat(words), chat(f"{words} end"), chat(f"Please: {PROMPT}")])
    return Terminal(capsys)


def rows(path: str) -> tuple[object, ...]:
    return Dataset(path).read().records


def test_merge_writes_each_row_once(terminal: Terminal) -> None:
    out, _ = terminal("merge", "a.jsonl", "b.jsonl", "--into", "all.jsonl")
    assert out == "all.jsonl: 42 of 44 rows; left out: 1 copies, 1 near-duplicates\n"
    assert rows("all.jsonl")[:40] == rows("a.jsonl")
    assert "is there already" in terminal("merge", "a.jsonl", "--into", "all.jsonl", status=2)[1]
    assert "43 of 44" in terminal("merge", "a.jsonl", "b.jsonl", "--into", "all.jsonl", "--exact", "--force")[0]


def test_dedupe_names_what_it_left_out_and_keeps_going_past_bad_lines(terminal: Terminal) -> None:
    with open("b.jsonl", "a") as file:
        file.write("{oops\n")
    out, err = terminal("dedupe", "b.jsonl", "--into", "c.jsonl", "--json", status=2)
    shown = json.loads(out)
    assert (shown["read"], shown["kept"], len(shown["near"])) == (4, 3, 1)
    assert "b.jsonl:5: not JSON" in err


def test_split_is_by_group_and_category_and_free_of_prompts(terminal: Terminal) -> None:
    Dataset("a.jsonl").append([chat(f"Please {n}: {PROMPT}", f"p{n}", "c") for n in range(10)])
    Path("prompts.txt").write_text(f"{PROMPT}\n")
    out, _ = terminal("split", "parts", "--data", "a.jsonl", "--eval-frac", "0.2", "--against", "prompts.txt")
    assert "8 training rows that repeat an evaluation prompt are left out" in out
    train, held = (Dataset(f"parts/{name}.jsonl").read().records for name in ("train", "eval"))
    assert Path("parts/valid.jsonl").read_bytes() == Path("parts/eval.jsonl").read_bytes()
    assert {row.group for row in train}.isdisjoint(row.group for row in held)
    assert {row.category for row in held} == {"a", "b", "c"}
    assert PROMPT not in Path("parts/train.jsonl").read_text()


def test_lengths_say_what_fits(terminal: Terminal) -> None:
    found = json.loads(terminal("lengths", "b.jsonl", "--max-length", "100", "--json")[0])
    assert (found["rows"], found["fit"]) == (4, 2)
    assert "2 of 4 rows (50.0%) fit 100 tokens of nano" in terminal("lengths", "b.jsonl", "--max-length", "100")[0]


@pytest.mark.parametrize("form", ["text", "suite", "array", "alpaca"])
def test_decontaminate_reads_prompts_of_any_form(terminal: Terminal, form: str) -> None:
    turns = [{"role": "system", "content": "You are it."}, {"role": "user", "content": PROMPT}]
    written = {
        "text": PROMPT, "suite": json.dumps({"id": "1", "messages": turns}), "array": json.dumps([{"prompt": turns}]),
        "alpaca": json.dumps({"instruction": PROMPT, "output": ""}),
    }  # fmt: skip
    Path("prompts").write_text(written[form])
    out, err = terminal("decontaminate", "b.jsonl", "--against", "prompts", "--into", "clean.jsonl")
    assert "clean.jsonl: 3 of 4 rows; 1 repeat an evaluation prompt" in out
    assert PROMPT not in Path("clean.jsonl").read_text()
    assert "row 4 repeats: " in err


def test_every_suite_is_compared_with(terminal: Terminal) -> None:
    prompts = [prompt for spec in BUILT_IN.values() if not spec.takes_path for prompt in spec.prompts(SuiteJob())]
    asked = [str(prompt.messages[-1]["content"]) for prompt in prompts if prompt.messages]
    long = [text for text in asked if len(text.split()) >= 10]
    assert len(long) > 20
    copies = [chat(f"My task: {text}", f"copy{n}") for n, text in enumerate(long)]
    Dataset("a.jsonl").append([*copies, *(Infill(prefix="a\n", middle=text, suffix="\nc") for text in long)])
    out, _ = terminal("decontaminate", "a.jsonl", "--into", "clean.jsonl")
    assert out == f"clean.jsonl: 40 of {40 + 2 * len(long)} rows; {2 * len(long)} repeat an evaluation prompt\n"
    terminal("split", "parts", "--data", "a.jsonl")
    assert not any(text in row for text in long for row in Path("parts/train.jsonl").read_text().splitlines())
    left = [row.messages[0]["content"] for row in rows("parts/train.jsonl") if isinstance(row, Example)]
    assert left
    assert not any(said.startswith("My task") for said in left)
    assert "no file and no suite nowhere; suites are" in terminal(
        "decontaminate", "a.jsonl", "--against", "nowhere", "--into", "c.jsonl", status=2
    )[1]  # fmt: skip


def test_prompts_that_say_nothing_are_refused(terminal: Terminal) -> None:
    Path("prompts").write_text("no\n")
    err = terminal("decontaminate", "b.jsonl", "--against", "prompts", "--into", "clean.jsonl", status=2)[1]
    assert err == "error: prompts holds no prompt of five words or more; write one a line\n"


def test_convert_writes_a_file_for_each_of_trls_trainers(terminal: Terminal) -> None:
    ask, good, bad = ([{"role": role, "content": text}] for role, text in
                      (("user", "x"), ("assistant", "y"), ("assistant", "z")))  # fmt: skip
    Dataset("b.jsonl").append([Comparison(messages=ask, chosen=good, rejected=bad),
                               Rated(messages=ask, completion=bad, label=False),
                               Infill(prefix="a", middle="b", suffix="c")])  # fmt: skip
    _, err = terminal("convert", "b.jsonl", "--to", "trl", "--out", "trl")
    assert "left out: 1 rows: TRL's trainers have no form for an infill" in err
    found = {path.name: [json.loads(line) for line in path.open()] for path in Path("trl").iterdir()}
    assert {name: len(rows) for name, rows in found.items()} == {"sft.jsonl": 4, "dpo.jsonl": 1, "kto.jsonl": 1}
    assert found["kto.jsonl"] == [{"prompt": ask, "completion": bad, "label": False}]


def test_an_alpaca_file_comes_in_scrubbed_and_goes_out_again(terminal: Terminal) -> None:
    pairs = [{"instruction": f"What is rule {n}?", "input": "", "output": f"It is {n}."} for n in range(5)]
    spoiled = [{"instruction": kind, "input": "", "output": line} for kind, (_, line) in SECRETS.items()]
    Path("fine-tuning-file.json").write_text(json.dumps(pairs))
    terminal("convert", "fine-tuning-file.json", "--to", "vibecoder", "--out", "rows.jsonl")
    terminal("convert", "rows.jsonl", "--to", "alpaca", "--out", "again.json")
    assert json.loads(Path("again.json").read_text()) == pairs
    Path("spoiled.json").write_text(json.dumps([*spoiled, 7]))
    out, err = terminal("convert", "spoiled.json", "--to", "vibecoder", "--out", "spoiled.jsonl", status=2)
    assert f"{len(spoiled)} rows" in out
    assert not leaks(out + err + Path("spoiled.jsonl").read_text())


def test_help_has_examples(terminal: Terminal) -> None:
    for command in ("merge", "dedupe", "split", "lengths", "decontaminate", "convert"):
        assert f"vibecoder data {command}" in " ".join(terminal(command, "--help")[0].split())
