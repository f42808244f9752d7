"""`vibecoder data from-X`, through the command line on real repositories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.git_history import History
from support.terminal import Terminal
from vibecoder.dataset.store import Dataset
from vibecoder.types import Example, Infill

CODE = "".join(f"def step_{n}(value):\n    return value + {n}\n\n\n" for n in range(9))
TOKEN = "sk-ant-api03-" + "Zq8xWv3Lr7Tn2Kp5" * 5 + "-QwErTyAA"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    h = History()
    h.commit("Initial commit", {"app.py": CODE.encode()})
    h.commit("Return more from step_3", {"app.py": CODE.replace("+ 3\n", "+ 30\n").encode()})
    h.commit("wip", {"app.py": CODE.replace("+ 3\n", "+ 31\n").encode()})
    h.commit("Add the key of the service", {"app.py": f"KEY = '{TOKEN}'\n{CODE}".encode()})
    h.commit("Remove the key again", {"app.py": CODE.encode()})
    h.commit("Mention ada@lovelace.name for step_4", {"app.py": CODE.replace("+ 4\n", "+ 40\n").encode()})
    return h.write(tmp_path_factory.mktemp("from") / "app")


def test_from_git_appends_rows_and_says_what_became_of_each_commit(
    repo: Path, tmp_path: Path, terminal: Terminal
) -> None:
    path = tmp_path / "rows.jsonl"
    out, err = terminal("data", "from-git", str(repo), "--into", str(path))
    assert out.startswith(f"commit-diff: 1 row, parsed\n{path}: 1 row added in ")
    assert "left out, of 6 commits:\n" in err
    for reason in ("3  holds a secret or an address", "1  work in progress", "1  no parent"):
        assert f"     {reason}\n" in err
    [row] = Dataset(path).read().records
    assert isinstance(row, Example)
    assert row.messages[1]["content"].startswith("Commit intent: Return more from step_3\n")
    assert TOKEN not in out + err + path.read_text()
    out, _ = terminal("data", "from-git", str(repo), "--into", str(path))
    assert "0 rows added, 1 were there already" in out


def test_json_and_dry_run(repo: Path, tmp_path: Path, terminal: Terminal) -> None:
    path = tmp_path / "rows.jsonl"
    out, _ = terminal("data", "from-git", str(repo), "--into", str(path), "--dry-run", "--json")
    told = json.loads(out)
    assert (told["units"], told["kept"], told["into"]) == (6, 1, None)
    assert told["rows"] == [{"category": "commit-diff", "verification": "parsed", "rows": 1}]
    assert not path.exists()


def test_from_fim_has_its_own_options(repo: Path, tmp_path: Path, terminal: Terminal) -> None:
    path = tmp_path / "rows.jsonl"
    terminal("data", "from-fim", str(repo), "--into", str(path), "--per-file", "4", "--seed", "7")
    rows = Dataset(path).read().records
    assert len(rows) == 4
    assert all(isinstance(row, Infill) for row in rows)
    _, err = terminal("data", "from-fim", str(repo), "--per-file", "0", status=2)
    assert "--per-file" in err


def test_mistakes_are_one_line(tmp_path: Path, terminal: Terminal) -> None:
    assert "no git repository at" in terminal("data", "from-git", str(tmp_path / "nowhere"), status=2)[1]
    assert "is not in a git repository" in terminal("data", "from-git", str(tmp_path), status=2)[1]
    assert "did you mean from-git?" in terminal("data", "from-gti", ".", status=2)[1]
    assert "unknown command shwo; did you mean show?" in terminal("data", "shwo", status=2)[1]


def test_every_importer_is_a_command_with_its_summary(terminal: Terminal) -> None:
    from vibecoder import plugins

    out, _ = terminal("data", "--help")
    importers = plugins.load().importers
    assert {"git", "fim", "bugs"} <= set(importers)
    for name in importers:
        assert f"from-{name}" in out
        assert "--dry-run" in terminal("data", f"from-{name}", "--help")[0]
