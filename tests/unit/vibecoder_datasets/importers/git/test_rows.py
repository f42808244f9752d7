"""`from-git` on real repositories: what is emitted applies by git itself and parses, and what is not is named."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from support.git_history import History, git
from vibecoder.errors import DataError
from vibecoder.types import Example, Imported, ImportJob, Record
from vibecoder_datasets.importers.git.rows import rows

OPTIONS = {"max_files": 3, "max_lines": 400, "rev": None}
BODY = "".join(f"def f{n}(x):\n    return x + {n}\n\n\n" for n in range(40))


def collect(repo: Path, **options: object) -> tuple[list[Example], Counter[str], list[str]]:
    units: list[Imported] = list(rows(ImportJob(repo, options={**OPTIONS, **options})))
    skipped: Counter[str] = Counter()
    for unit in units:
        skipped.update(unit.skipped)
    found = [record for unit in units for record in unit.records]
    assert all(isinstance(record, Example) for record in found)
    return found, skipped, [note for unit in units for note in unit.notes]  # type: ignore[return-value]


def diff_of(row: Example) -> bytes:
    """The patch in the reply."""
    found = re.fullmatch(r"(`{3,})diff\n(.*)\1\nReason: [^\n]+", row.messages[2]["content"], re.DOTALL)
    assert found
    return found[2].encode()


def check_applies(repo: Path, row: Example, scratch: Path) -> None:
    """git itself applies the patch to the parent's tree and gets the commit's files of it."""
    sha, parent = row.provenance["commit"], row.provenance["parent"]
    if scratch.exists():
        shutil.rmtree(scratch)
    scratch.mkdir()
    env = {"GIT_DIR": str(repo / ".git"), "GIT_WORK_TREE": str(scratch), "GIT_INDEX_FILE": str(scratch / ".index"),
           "PATH": "/usr/bin:/bin:/usr/local/bin"}  # fmt: skip

    def run(*command: str, stdin: bytes | None = None) -> None:
        subprocess.run(["git", *command], input=stdin, env=env, cwd=scratch, check=True, capture_output=True)

    run("-c", "core.autocrlf=false", "read-tree", parent)
    run("-c", "core.autocrlf=false", "checkout-index", "-a", "-f")
    diff = diff_of(row)
    run("apply", "--check", "-", stdin=diff)
    run("apply", "--whitespace=nowarn", "-", stdin=diff)
    for name in set(re.findall(r"^\+\+\+ b/([^\n]+)", diff.decode(), re.MULTILINE)):
        content = (scratch / name).read_bytes()
        assert content == git(repo, "show", f"{sha}:{name}")
        if name.endswith(".py"):
            ast.parse(content)


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with one commit of each kind that gives a row, and one of each that does not."""
    h = History()
    h.commit("Initial commit", {"a.py": BODY.encode(), "crlf.py": b"x = 1\r\ny = 2\r\n", "end.py": b"x = 1\ny = 2"})
    h.commit(
        "Fix f3 for negative numbers\n\nIt went wrong below zero.",
        {"a.py": BODY.replace("x + 3\n", "abs(x) + 3\n").encode()},
    )
    h.commit("Set y to three", {"crlf.py": b"x = 1\r\ny = 3\r\n"})
    h.commit("Add the missing end", {"end.py": b"x = 1\ny = 3\n"})
    h.commit("Drop the last end again", {"end.py": b"x = 1\ny = 4"})
    h.commit("Rename a to b and fix it", {"b.py": BODY.encode()}, renames={"a.py": "b.py"})
    h.commit(
        "Add a helper and use it",
        {"b.py": BODY.replace("x + 5\n", "help(x)\n").encode(), "new.py": b"def help(x):\n    return x\n"},
    )
    h.commit("Remove the helper", {"b.py": BODY.encode(), "new.py": None})
    h.commit("Show ``` in the docs", {"README.md": b"text\n"})
    h.commit("Explain fences in the docs", {"README.md": b"text\n```sh\nls\n```\n````\n"})
    h.commit("Accept dashes and pluses", {"end.py": b"x = 1\ny = (5\n-- 1\n++ 2)\n"})
    h.commit("Change the dashes and pluses", {"end.py": b"x = 1\ny = (5\n-- 3\n++ 4)\n"})
    h.commit("Parse UTF-8 text with a BOM", {"end.py": "\ufeffx = 'é'\ny = 5\n".encode()})
    h.commit("Make a script of it", {"end.py": "\ufeffx = 'é'\ny = 6\n".encode()}, modes={"end.py": "100755"})
    h.commit("Break the grammar of it", {"end.py": b"x = = 1\n"})
    h.commit("Repair the grammar of it", {"end.py": b"x = 1\n"})
    h.commit("Write a latin-1 letter", {"end.py": "# coding: latin-1\nx = 'é'\n".encode("latin-1")})
    h.commit("Change the latin-1 letter", {"end.py": "# coding: latin-1\nx = 'è'\n".encode("latin-1")})
    h.commit("Change white space only", {"b.py": BODY.replace("x + ", "x  +  ").encode()})
    h.commit("Update the locked versions", {"uv.lock": b"a\n"})
    h.commit("Update the vendored code", {"vendor/x.py": b"x = 1\n"})
    h.commit("Regenerate the messages", {"x_pb2.py": b"x = 1\n"})
    h.commit("Add a picture", {"x.png": b"\x89PNG\0\0"})
    h.commit("Touch too many files at once", {f"m{n}.py": b"x = 1\n" for n in range(4)})
    h.commit("Write a very long file", {"b.py": b"".join(b"x%d = 1\n" % n for n in range(500))})
    h.commit("Add a submodule of ours", {"sub": b"1" * 40}, modes={"sub": "160000"})
    h.commit("Write some NUL bytes into it", {"m1.py": b"x = 1\0\n"})
    h.commit("Name a file in latin-1", {b"caf\xe9.py": b"x = 1\n"})
    h.commit("Change a file named in latin-1", {b"caf\xe9.py": b"x = 2\n"})
    h.commit(b"Write a message in latin-1: caf\xe9", {"m2.py": b"x = 2\n"})
    h.commit("wip", {"m2.py": b"x = 3\n"})
    h.commit("Say nothing at all", {})
    return h.write(tmp_path_factory.mktemp("varied") / "repo")


def test_every_patch_applies_by_git_and_gives_the_commits_files(varied: Path, tmp_path: Path) -> None:
    found, _, _ = collect(varied)
    intents = [row.messages[1]["content"].split("\n")[0] for row in found]
    assert intents == [
        f"Commit intent: {text}"
        for text in (
            "Repair the grammar of it",
            "Make a script of it",
            "Parse UTF-8 text with a BOM",
            "Change the dashes and pluses",
            "Accept dashes and pluses",
            "Explain fences in the docs",
            "Remove the helper",
            "Add a helper and use it",
            "Rename a to b and fix it",
            "Drop the last end again",
            "Add the missing end",
            "Set y to three",
            "Fix f3 for negative numbers",
        )
    ]
    for row in found:
        check_applies(varied, row, tmp_path / "tree")


def test_what_is_left_out_is_counted_by_reason(varied: Path) -> None:
    found, skipped, notes = collect(varied)
    assert skipped == {
        "no parent": 1,
        "only files that come or go": 1,
        "a result that does not parse": 1,
        "a file that is not UTF-8": 2,
        "only white space": 1,
        "only files that are left out: a lock file": 1,
        "only files that are left out: vendored": 1,
        "only files that are left out: generated": 1,
        "only files that are left out: binary": 1,
        "only files that are left out: a submodule": 1,
        "only files that are left out: a name that is not UTF-8": 2,
        "more than 3 files": 1,
        "more than 400 lines": 1,
        "binary, or over 1 MiB": 1,
        "a message that is not UTF-8": 1,
        "work in progress": 1,
        "no file changed": 1,
    }
    assert notes == []
    assert len(found) + skipped.total() == int(git(varied, "rev-list", "--count", "HEAD"))


def test_a_row_has_the_intent_the_lines_before_and_a_reason(varied: Path) -> None:
    found, _, _ = collect(varied)
    row = found[-1]
    system, user, reply = (message["content"] for message in row.messages)
    assert system == "You are a terse, patch-first coding assistant."
    assert "File: a.py (lines 3-25 of 160)\n<BEFORE>\n" in user
    assert "    return x + 3\n" in user
    assert reply.endswith("```\nReason: It went wrong below zero.")
    assert "\n-    return x + 3\n+    return abs(x) + 3\n" in reply
    assert row.group == "repo:b.py", "the file was renamed later; both names are one group"
    assert (row.category, row.subcategory, row.verification) == ("commit-diff", "python", "parsed")
    docs = next(row for row in found if "fences" in row.messages[1]["content"])
    assert docs.messages[2]["content"].startswith("`````diff\n")
    assert docs.verification == "imported"


def test_limits_are_options(varied: Path) -> None:
    _, skipped, _ = collect(varied, max_files=1, max_lines=2)
    assert skipped["more than 1 files"] == 3
    assert skipped["more than 2 lines"] >= 1
    found, _, _ = collect(varied, rev="main~30")
    assert [row.messages[1]["content"].split("\n")[0] for row in found] == [
        "Commit intent: Fix f3 for negative numbers"
    ]


def test_the_repository_is_named_by_its_remote_without_its_password(varied: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(varied), str(clone))
    git(clone, "remote", "set-url", "origin", "https://ada:secret@example.org/tools/parser.git")
    found, _, _ = collect(clone)
    assert {row.group.split(":")[0] for row in found} == {"tools/parser"}
    assert "secret" not in str(found)


def test_a_shallow_clone_gives_what_it_has_and_says_so(varied: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "18", varied.as_uri(), str(tmp_path / "shallow"))
    found, skipped, notes = collect(tmp_path / "shallow")
    assert [row.messages[1]["content"].split("\n")[0] for row in found] == ["Commit intent: Repair the grammar of it"]
    assert skipped["no parent"] == 1
    assert len(notes) == 1
    assert "git fetch --unshallow" in notes[0]


def test_a_partial_clone_is_named(varied: Path, tmp_path: Path) -> None:
    git(varied, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", varied.as_uri(), str(tmp_path / "partial"))
    with pytest.raises(DataError, match="is a partial clone that lacks old files; clone it again without --filter"):
        collect(tmp_path / "partial")


def test_an_octopus_merge_is_left_out_and_its_parents_are_read(tmp_path: Path) -> None:
    h = History()
    root = h.commit("Initial commit", {"a.py": b"a = 1\n", "b.py": b"b = 1\n", "c.py": b"c = 1\n"})
    sides = [
        h.commit(f"Raise {name} to two", {f"{name}.py": f"{name} = 2\n".encode()}, parents=[root]) for name in "abc"
    ]
    h.commit("Join all three of them", {}, parents=sides)
    repo = h.write(tmp_path / "repo")
    found, skipped, _ = collect(repo)
    assert len(found) == 3
    assert skipped == {"a merge": 1, "no parent": 1}
    for row in found:
        check_applies(repo, row, tmp_path / "tree")


def test_a_diff_of_fifty_megabytes_costs_nothing_but_itself(tmp_path: Path) -> None:
    big = b"".join(b"value_%07d = %07d\n" % (n, n) for n in range(2_000_000))
    h = History()
    h.commit("Initial commit", {"a.py": b"a = 1\n", "big.py": b"x = 1\n"})
    h.commit("Raise a to two", {"a.py": b"a = 2\n"})
    h.commit("Write a table of fifty megabytes", {"big.py": big})
    h.commit("Change a line in the table", {"big.py": big.replace(b"value_0000007", b"value_seven")})
    h.commit("Raise a to three", {"a.py": b"a = 3\n"})
    found, skipped, _ = collect(h.write(tmp_path / "repo"))
    assert len(big) > 45_000_000
    assert len(found) == 2
    assert skipped == {"no parent": 1, "binary, or over 1 MiB": 2}


def test_a_damaged_repository_keeps_the_good_rows_and_says_what_is_wrong(tmp_path: Path) -> None:
    h = History()
    for n in range(25):
        h.commit(f"Raise a to number {n}", {"a.py": b"a = %d\n" % n})
    repo = h.write(tmp_path / "repo")
    old = git(repo, "rev-parse", "main~21").decode().strip()
    (repo / ".git/objects" / old[:2] / old[2:]).unlink()
    units = rows(ImportJob(repo, options=OPTIONS))
    kept: list[Record] = []

    def read_all() -> None:
        for unit in units:
            kept.extend(unit.records)

    with pytest.raises(DataError, match=r"git log stopped in .*; try `git fsck`"):
        read_all()
    assert len(kept) >= 3, "the commits before the damage"


def test_no_program_that_the_repository_names_is_run(varied: Path, tmp_path: Path) -> None:
    clone, mark = tmp_path / "clone", tmp_path / "mark"
    git(tmp_path, "clone", "-q", str(varied), str(clone))
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    script.chmod(0o755)
    for key in (
        "diff.external",
        "core.pager",
        "core.fsmonitor",
        "diff.evil.textconv",
        "diff.evil.command",
        "gpg.program",
    ):
        git(clone, "config", key, str(script))
    git(clone, "config", "log.showSignature", "true")
    git(clone, "config", "diff.noprefix", "true")
    (clone / ".git/info/attributes").write_text("*.py diff=evil\n")
    assert len(collect(clone)[0]) == len(collect(varied)[0])
    assert not mark.exists()


def test_a_file_that_is_gone_costs_what_is_older(tmp_path: Path) -> None:
    h = History()
    for n in range(20):
        h.commit(f"Raise a to number {n}", {"a.py": b"a = %d\n" % n})
    repo = h.write(tmp_path / "repo")
    gone = git(repo, "rev-parse", "main~9:a.py").decode().strip()
    (repo / ".git/objects" / gone[:2] / gone[2:]).unlink()
    units = rows(ImportJob(repo, options=OPTIONS))
    kept: list[Record] = []

    def read_all() -> None:
        for unit in units:
            kept.extend(unit.records)

    with pytest.raises(DataError, match=r"git diff-tree stopped in .*; try `git fsck`"):
        read_all()
    assert len(kept) == 8, "the commits before that one"


def test_clear_messages_where_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not in a git repository"):
        collect(tmp_path)
    git(tmp_path, "init", "-q", "empty")
    with pytest.raises(DataError, match=r"has no commit yet; commit something"):
        collect(tmp_path / "empty")
    with pytest.raises(DataError, match="has no branch, tag or commit --all"):
        collect(tmp_path / "empty", rev="--all")
