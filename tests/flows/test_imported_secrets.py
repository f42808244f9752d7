"""Forty kinds of secrets in a history, in names of files and in paths of logs: none comes out by any command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.git_history import History, git
from support.planted_secrets import SECRETS, leaks
from vibecoder.cli import main

CLEAN = (
    "def total(cart: dict[str, int]) -> int:\n    return sum(cart.values())\n\n\ndef {0}() -> str:\n    return 'x'\n"
)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    history = History()
    history.commit("Add shop", {"shop/cart.py": CLEAN.format("name").encode()})
    for n, (kind, (secret, line)) in enumerate(SECRETS.items()):
        name = f"shop/m{n}.py"
        before = CLEAN.format("load") + f'NOTE = """\n{line}\n"""\n'
        history.commit(f"Add module {n}", {name: before.encode()})
        history.commit(f"Rename load in module {n}", {name: before.replace("load", "fetch").encode()})
        history.commit(f"Use {line.splitlines()[0]} for {kind}\n\n{secret}", {name: CLEAN.format("get").encode()})
        history.commit(f"Name module {n}", {name: CLEAN.format(f"get_{n}").encode()}, author=secret.split("\n")[0][:60])
    for line in (text for _, text in SECRETS.values()):
        history.commit("Keep it", {"notes.py": f'X = """\n{line}\n"""\n\n\ndef f():\n    return 1\n'.encode()})
    return history.write(tmp_path / "repo")


@pytest.mark.parametrize("command", [("from-git",), ("from-fim", "--context", "1")])
def test_no_secret_of_a_history_comes_out(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    assert len(leaks(git(repo, "log", "-p").decode())) >= 40
    into = tmp_path / "rows.jsonl"
    for more in ((), ("--dry-run",)):
        with pytest.raises(SystemExit) as stopped:
            main(["data", command[0], str(repo), *command[1:], "--into", str(into), *more])
        out, err = capsys.readouterr()
        assert stopped.value.code == 0
        assert not leaks(out + err)
    written = [path for path in tmp_path.iterdir() if path.is_file()]
    assert not leaks("".join(path.read_text() for path in written))
    assert len(into.read_text().splitlines()) > 20


_READERS = (("from-chat",), ("from-telemetry",), ("convert", "--to", "vibecoder", "--out", "x.jsonl"))


@pytest.mark.parametrize("command", _READERS)
def test_no_error_shows_a_secret_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    lines: list[str] = []
    for secret, line in SECRETS.values():
        rows = [{"messages": line}, {"messages": [{"role": secret}]}, {secret: line}, {"kind": secret}, line]
        lines += [*map(json.dumps, rows), f"{line} {{"]
    path = tmp_path / "bad.jsonl"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(SystemExit):
        main(["data", command[0], str(path), *command[1:], *([] if command[1:] else ["--dry-run"])])
    out, err = capsys.readouterr()
    assert not leaks(out + err)
