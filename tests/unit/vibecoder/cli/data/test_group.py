"""`vibecoder data show` and `add`, and the help of every command of the group."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from support.rows import CHAT, INFILL
from support.terminal import Terminal
from vibecoder import plugins
from vibecoder.dataset.store import Dataset
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Infill

pytestmark = pytest.mark.usefixtures("three_kinds")


def test_show_marks_what_is_supervised(data: Terminal) -> None:
    out = data("show", "1").out
    assert "«<tool_call>\n" in out
    assert "«It is open.<|im_end|>»" in out
    assert "«x = 1" not in out
    assert "\x1b" not in out
    assert "␛[31m" in out
    rendered = render(CHAT, ChatTokenizer.load(NANO))
    assert f"tokens       {len(rendered)}\n" in out
    assert f"supervised   {rendered.supervised} ({rendered.supervised / len(rendered):.1%} of the tokens)" in out
    for label in ("category     tool-use", "group        repo/a", 'provenance   {"repository": "a"}'):
        assert label in out


def test_show_gives_the_exact_row_as_json(data: Terminal) -> None:
    shown = json.loads(data("show", "1", "--json").out)
    tokenizer = ChatTokenizer.load(NANO)
    rendered = render(CHAT, tokenizer)
    assert "".join(span["text"] for span in shown["spans"]) == tokenizer.decode(rendered.ids)
    assert shown["tokens"] == len(rendered)
    assert shown["share"] == round(rendered.supervised / len(rendered), 4)
    assert shown["messages"] == list(CHAT.messages)
    assert [span["text"] for span in shown["spans"] if span["supervised"]][-1].startswith("It is open.")


def test_show_finds_rows_by_the_beginning_of_their_id(data: Terminal) -> None:
    records = Dataset("dataset.jsonl").read().records
    for number, record in enumerate(records, 1):
        assert json.loads(data("show", record.id[:10], "--json").out)["number"] == number
    assert "«    return 1\n<|endoftext|>»" in data("show", "2").out
    assert '"rejected"' in data("show", "3").out
    assert "no row 4 in dataset.jsonl; give a number from 1 to 3" in data("show", "4", status=2)[1]
    many = [Infill(prefix=str(i), middle="x", suffix="") for i in range(40)]
    Dataset("many.jsonl").append(many)
    first = Dataset("many.jsonl").read().records[0].id
    letter = next(c for c in "abcdef" if sum(r.id.startswith(c) for r in Dataset("many.jsonl").read().records) > 1)
    err = data("show", letter, "--data", "many.jsonl", status=2)[1]
    assert f"rows of many.jsonl have an id that begins with {letter}" in err
    assert json.loads(data("show", first, "--data", "many.jsonl", "--json").out)["number"] == 1


def test_show_colours_on_a_terminal(data: Terminal) -> None:
    def on_a_terminal(*options: str) -> str:
        ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"}
        environment = {name: value for name, value in environment.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
        command = [sys.executable, "-m", "vibecoder", "data", "show", "1", *options]
        with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
            os.close(theirs)
            out = b""
            while True:
                try:
                    chunk = os.read(ours, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                out += chunk
        os.close(ours)
        assert process.returncode == 0, out
        return out.decode()

    coloured = on_a_terminal()
    assert "\x1b[1;32mIt is open.<|im_end|>" in coloured
    assert "«" not in coloured
    assert "Green is supervised" in coloured
    plain = on_a_terminal("--no-color")
    assert "«It is open.<|im_end|>»" in plain
    assert "\x1b[1;32m" not in plain


def test_show_falls_back_to_the_rows_of_the_package(data: Terminal) -> None:
    os.remove("dataset.jsonl")
    if "curriculum" not in plugins.load().generators:
        assert "no curriculum rows are installed" in data("show", "1", status=2)[1]
    else:
        assert json.loads(data("show", "1", "--json").out)["source"] == "curriculum"
    assert os.listdir() == [".dataset.jsonl.lock"] or os.listdir() == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "error: no dataset at x.jsonl; check the path"),
        ("", "error: the dataset x.jsonl is empty; add rows with"),
        ("{oops\n", "error: no valid row in x.jsonl: line 1: not JSON"),
        ('{"conversations": []}\n', "line 1: a row of another format, ShareGPT (conversations); write it as"),
    ],
)
def test_a_useless_file_is_one_line_and_status_2(data: Terminal, content: str | None, message: str) -> None:
    if content is not None:
        Path("x.jsonl").write_text(content)
    for args in (("validate", "x.jsonl"), ("add", "x.jsonl"), ("show", "1", "--data", "x.jsonl")):
        out, err = data(*args, status=2)
        assert out == ""
        assert message in err
        assert err.count("\n") == 1


def test_add_appends_the_good_rows_of_other_files(data: Terminal) -> None:
    Path("more.jsonl").write_text('{"messages": [{"role": "assistant", "content": "x"}], "source": "s"}\n{oops\n')
    Dataset("others.jsonl").append([INFILL, Infill(prefix="1", middle="2", suffix="3")])
    out, err = data("add", "more.jsonl", "others.jsonl", status=2)
    assert out == "dataset.jsonl: 2 rows added, 1 were there already\n"
    assert err.startswith("more.jsonl:2: not JSON")
    assert data("add", "others.jsonl").out == "dataset.jsonl: 0 rows added, 2 were there already\n"
    assert len(Dataset("dataset.jsonl").read().records) == 5
    data("add", "others.jsonl", "--into", "new/d.jsonl")
    assert len(Dataset("new/d.jsonl").read().records) == 2
    err = data("add", "others.jsonl", "--into", "dataset.jsonl/d.jsonl", status=2)[1]
    assert err == (
        "error: cannot write dataset.jsonl/d.jsonl: a part of the path is a file, not a folder; "
        "choose another path with --into\n"
    )
    err = data("add", "others.jsonl", "missing.jsonl", "--into", "never.jsonl", status=2)[1]
    assert "no dataset at missing.jsonl" in err
    assert not Path("never.jsonl").exists()


def test_help_has_examples(data: Terminal) -> None:
    for command in ["show", "validate", "add", "split", "merge", "dedupe", "lengths", "decontaminate", "convert"]:
        out = data(command, "--help").out
        assert f"vibecoder data {command}" in " ".join(out.split())
        assert "Example" in out
