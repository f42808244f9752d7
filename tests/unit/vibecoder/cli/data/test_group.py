"""`vibecoder data`: show, validate, add and split, through the command line."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from vibecoder import plugins
from vibecoder.cli import main
from vibecoder.dataset.store import Dataset
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Comparison, Example, Infill

USER, REPLY = {"role": "user", "content": "Open a.py"}, {"role": "assistant", "content": "It is open."}
CALL = {"type": "function", "function": {"name": "read", "arguments": {"path": "a.py"}}}
CALLING = {"role": "assistant", "content": "", "tool_calls": [CALL]}
TOOLS = [{"type": "function", "function": {"name": "read"}}]
CHAT = Example(
    messages=[USER, CALLING, {"role": "tool", "content": "x = 1\x1b[31m"}, REPLY],
    tools=TOOLS,
    category="tool-use",
    group="repo/a",
    provenance={"repository": "a"},
)
INFILL = Infill(prefix="def f():\n", middle="    return 1\n", suffix="", path="f.py", category="agentic")
PAIR = Comparison(messages=[USER], chosen=[REPLY], rejected=[{"role": "assistant", "content": "No."}])


class Terminal:
    """Runs commands in this process; `folder` is the working folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, *args: str, status: int = 0) -> str:
        return self.both(*args, status=status)[0]

    def both(self, *args: str, status: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["data", *args])
        out, err = self.capsys.readouterr()
        assert stopped.value.code == status, err
        return out, err


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.chdir(tmp_path)
    Dataset("dataset.jsonl").append([CHAT, INFILL, PAIR])
    return Terminal(tmp_path, capsys)


def test_show_marks_what_is_supervised(terminal: Terminal) -> None:
    out = terminal("show", "1")
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


def test_show_gives_the_exact_row_as_json(terminal: Terminal) -> None:
    shown = json.loads(terminal("show", "1", "--json"))
    tokenizer = ChatTokenizer.load(NANO)
    rendered = render(CHAT, tokenizer)
    assert "".join(span["text"] for span in shown["spans"]) == tokenizer.decode(rendered.ids)
    assert shown["tokens"] == len(rendered)
    assert shown["share"] == round(rendered.supervised / len(rendered), 4)
    assert shown["messages"] == list(CHAT.messages)
    assert [span["text"] for span in shown["spans"] if span["supervised"]][-1].startswith("It is open.")


def test_show_finds_rows_by_the_beginning_of_their_id(terminal: Terminal) -> None:
    records = Dataset("dataset.jsonl").read().records
    for number, record in enumerate(records, 1):
        assert json.loads(terminal("show", record.id[:10], "--json"))["number"] == number
    assert "«    return 1\n<|endoftext|>»" in terminal("show", "2")
    assert '"rejected"' in terminal("show", "3")
    assert "no row 4 in dataset.jsonl; give a number from 1 to 3" in terminal.both("show", "4", status=2)[1]
    many = [Infill(prefix=str(i), middle="x", suffix="") for i in range(40)]
    Dataset("many.jsonl").append(many)
    first = Dataset("many.jsonl").read().records[0].id
    letter = next(c for c in "abcdef" if sum(r.id.startswith(c) for r in Dataset("many.jsonl").read().records) > 1)
    err = terminal.both("show", letter, "--data", "many.jsonl", status=2)[1]
    assert f"rows of many.jsonl have an id that begins with {letter}" in err
    assert json.loads(terminal("show", first, "--data", "many.jsonl", "--json"))["number"] == 1


def test_show_colours_on_a_terminal(terminal: Terminal) -> None:
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


def test_show_falls_back_to_the_starter_rows(terminal: Terminal) -> None:
    os.remove("dataset.jsonl")
    if "starter" not in plugins.load().generators:
        assert "no starter rows are installed" in terminal.both("show", "1", status=2)[1]
    else:
        assert json.loads(terminal("show", "1", "--json"))["source"] == "starter"
    assert os.listdir() == [".dataset.jsonl.lock"] or os.listdir() == []


def test_validate_counts_rows_and_names_bad_lines(terminal: Terminal) -> None:
    out = terminal("validate")
    assert "dataset.jsonl: 3 rows, 0 bad lines" in out
    path = Path("dataset.jsonl")
    path.write_bytes(path.read_bytes() + b"{oops\n" + path.read_bytes().splitlines(keepends=True)[0] + b'{"text": 1}\n')
    before = path.read_bytes()
    out, err = terminal.both("validate", "dataset.jsonl", status=2)
    assert "4 rows, 1 of them repeated, 2 bad lines" in out
    assert err.splitlines()[0].startswith("dataset.jsonl:4: not JSON: ")
    assert err.splitlines()[1].startswith("dataset.jsonl:6: a row of another format, plain text (text); write it as")
    found = json.loads(terminal("validate", "--json", status=2))
    assert {"category": "tool-use", "kind": "example", "rows": 2} in found["rows"]
    assert [line["line"] for line in found["bad"]] == [4, 6]
    assert path.read_bytes() == before
    assert not Path("dataset.quarantine.jsonl").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "error: no dataset at x.jsonl; check the path"),
        ("", "error: the dataset x.jsonl is empty; add rows with"),
        ("{oops\n", "error: no valid row in x.jsonl: line 1: not JSON"),
        ('{"conversations": []}\n', "line 1: a row of another format, ShareGPT (conversations); write it as"),
    ],
)
def test_a_useless_file_is_one_line_and_status_2(terminal: Terminal, content: str | None, message: str) -> None:
    if content is not None:
        Path("x.jsonl").write_text(content)
    for args in (("validate", "x.jsonl"), ("add", "x.jsonl"), ("show", "1", "--data", "x.jsonl")):
        out, err = terminal.both(*args, status=2)
        assert out == ""
        assert message in err
        assert err.count("\n") == 1


def test_add_appends_the_good_rows_of_other_files(terminal: Terminal) -> None:
    Path("more.jsonl").write_text('{"messages": [{"role": "assistant", "content": "x"}], "source": "s"}\n{oops\n')
    Dataset("others.jsonl").append([INFILL, Infill(prefix="1", middle="2", suffix="3")])
    out, err = terminal.both("add", "more.jsonl", "others.jsonl", status=2)
    assert out == "dataset.jsonl: 2 rows added, 1 were there already\n"
    assert err.startswith("more.jsonl:2: not JSON")
    assert terminal("add", "others.jsonl") == "dataset.jsonl: 0 rows added, 2 were there already\n"
    assert len(Dataset("dataset.jsonl").read().records) == 5
    terminal("add", "others.jsonl", "--into", "new/d.jsonl")
    assert len(Dataset("new/d.jsonl").read().records) == 2
    err = terminal.both("add", "others.jsonl", "--into", "dataset.jsonl/d.jsonl", status=2)[1]
    assert err == (
        "error: cannot write dataset.jsonl/d.jsonl: a part of the path is a file, not a folder; choose another path\n"
    )
    err = terminal.both("add", "others.jsonl", "missing.jsonl", "--into", "never.jsonl", status=2)[1]
    assert "no dataset at missing.jsonl" in err
    assert not Path("never.jsonl").exists()


def test_split_writes_the_conversations_for_other_tools(terminal: Terminal) -> None:
    rows = [
        Example(messages=[{"role": "user", "content": str(i)}, REPLY], category="tool-use", group=f"g{i // 2}")
        for i in range(20)
    ]
    Dataset("dataset.jsonl").append(rows)
    out = terminal("split", "for-mlx", "--share", "0.2")
    assert "2 rows that are no conversations are left out" in out
    train, valid = (Dataset(Path("for-mlx", f"{name}.jsonl")).read().records for name in ("train", "valid"))
    assert len(train) + len(valid) == 21
    assert {row.group for row in train}.isdisjoint(row.group for row in valid)
    assert len({row.group for row in valid}) == 2
    err = terminal.both("split", "for-mlx", status=2)[1]
    assert "is there already; choose another folder, or replace it with --force" in err
    terminal("split", "for-mlx", "--share", "0.2", "--force")
    assert Dataset(Path("for-mlx", "valid.jsonl")).read().records == valid
    assert "valid.jsonl: not written" in terminal("split", "all", "--share", "0")
    assert [path.name for path in Path("all").glob("*.jsonl")] == ["train.jsonl"]
    Dataset("infills.jsonl").append([INFILL])
    assert "holds no conversation" in terminal.both("split", "x", "--data", "infills.jsonl", status=2)[1]
    assert not Path("x").exists()


def test_help_has_examples(terminal: Terminal) -> None:
    for command in ("show", "validate", "add", "split"):
        out = terminal(command, "--help")
        assert f"vibecoder data {command}" in " ".join(out.split())
        assert "Example" in out
