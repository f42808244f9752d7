"""`from-fim`: every row rebuilds its file byte for byte, and no middle stands twice in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.git_history import History, git
from vibecoder.dataset.records import content_id, from_json, parse, to_json, to_line
from vibecoder.models import resolve
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Imported, ImportJob, Infill
from vibecoder_datasets.importers.fim.files import decoded
from vibecoder_datasets.importers.fim.rows import rows
from vibecoder_datasets.importers.fim.spans import KINDS, spans

OPTIONS = {"per_file": 6, "max_bytes": 32768, "context": 0, "rev": None}
_CLASS = "class C{n}:\n    def area(self, side):\n        width = side * {n}\n        return width + {n}\n\n"
PYTHON = "".join(_CLASS.format(n=n) for n in range(9))
CASES = {
    "plain.py": PYTHON.encode(),
    "crlf.py": PYTHON.replace("\n", "\r\n").encode(),
    "mixed_ends.py": PYTHON.replace("\n", "\r\n", 7).encode(),
    "no_end.py": PYTHON.rstrip().encode(),
    "bom.py": "\ufeff".encode() + PYTHON.encode(),
    "declared.py": f"# -*- coding: latin-1 -*-\nname = 'café'\n{PYTHON}".encode("latin-1"),
    "undeclared.js": "// d\xe9j\xe0 vu\nfunction add(left, right) {\n  return left + right;\n}\n".encode("latin-1"),
    "utf8.ts": "const wörld: string = 'héllo → 世界 🌍';\nfunction greet(who: string) { return `${who}`; }\n".encode(),
    "mixed.go": b"package main\n\nfunc add(a int) int {\n\tif a > 1 {\n        return a\n\t}\n    return a + 1\n}\n",
    "separators.py": "a_name = '\u2028'\nother_name = '\x0c'\nthird_name = a_name + other_name\n".encode(),
}
OTHERS = {
    "data.json": b'{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}\n',
    "short.py": b"x = 1\n",
    "binary.py": b"x = 1\0" * 20,
    "large.py": b"x = 1\n" * 9000,
    "vendor/lib.py": PYTHON.encode(),
    "same.py": b"\n".join([b"value = compute(value)"] * 9) + b"\n",
}


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    h = History()
    odd = {b"caf\xe9.py": PYTHON.encode(), "link.py": b"plain.py", "sub": b"1" * 40}
    h.commit("Add every case", {**CASES, **OTHERS, **odd}, modes={"link.py": "120000", "sub": "160000"})
    return h.write(tmp_path_factory.mktemp("fim") / "app")


def collect(repo: Path, seed: int = 0, **options: object) -> tuple[list[Infill], Counter[str]]:
    units: list[Imported] = list(rows(ImportJob(repo, seed=seed, options={**OPTIONS, **options})))
    skipped: Counter[str] = Counter()
    for unit in units:
        skipped.update(unit.skipped)
    return [record for unit in units for record in unit.records], skipped  # type: ignore[misc]


def test_every_row_rebuilds_its_file_byte_for_byte(repo: Path) -> None:
    found, _ = collect(repo)
    assert {row.path for row in found} >= set(CASES) - {"separators.py"}
    for row in found:
        again = parse(to_line(row))
        assert isinstance(again, Infill)
        content = git(repo, "show", f"{row.provenance['commit']}:{row.path}")
        assert (again.prefix + again.middle + again.suffix).encode(str(row.provenance["encoding"])) == content
        text = again.prefix + again.middle + again.suffix
        assert sum(text.startswith(again.middle, at) for at in range(len(text))) == 1


def test_about_six_spans_a_file_of_three_kinds(repo: Path) -> None:
    found, _ = collect(repo)
    counts = Counter(row.path for row in found)
    assert counts["plain.py"] == counts["crlf.py"] == counts["bom.py"] == counts["declared.py"] == 6
    kinds = Counter(row.subcategory for row in found if row.path == "plain.py")
    assert kinds == {"node": 2, "line": 2, "random": 2}
    assert {row.verification for row in found if row.path.endswith(".py")} == {"parsed"}
    assert {row.group for row in found if row.path == "plain.py"} == {"app:plain.py"}


def test_nodes_are_whole_nodes_whatever_the_ends_and_marks(repo: Path) -> None:
    """In each form of one file, a node chosen by line and column is text that parses on its own."""
    import ast
    import textwrap

    found, _ = collect(repo, per_file=30)
    for row in found:
        if row.subcategory == "node" and row.path.endswith(".py"):
            ast.parse(textwrap.dedent(" " * 80 + row.middle.replace("\r\n", "\n")).strip() if "\n" not in row.middle
                      else "if 1:\n" + " " * _indentation(row) + row.middle)  # fmt: skip


def _indentation(row: Infill) -> int:
    return max(1, len(row.prefix) - max(row.prefix.rfind("\n"), row.prefix.rfind("\ufeff")) - 1)


def test_what_is_no_code_is_counted_by_reason(repo: Path) -> None:
    _, skipped = collect(repo)
    assert skipped == {
        "not code": 1, "too short": 1, "not text": 1, "over 32768 bytes": 1, "vendored": 1, "a symbolic link": 1,
        "a submodule": 1, "a name that is not UTF-8": 1,
    }  # fmt: skip


def test_the_seed_chooses(repo: Path) -> None:
    first, second, other = (collect(repo, seed)[0] for seed in (0, 0, 1))
    assert first == second
    assert {content_id(row) for row in first} != {content_id(row) for row in other}


def test_context_is_what_the_file_imports_then_its_neighbours(tmp_path: Path) -> None:
    h = History()
    h.commit("Begin", {
        "src/app/main.py": b"from app.store import Store\nfrom .words import hello\n\nstore = Store(hello)\n",
        "src/app/store.py": b"class Store:\n    def __init__(self, name):\n        self.name = name\n",
        "src/app/words.py": b"hello = 'hello'\nbye = 'bye'\nthanks = 'thank you'\n",
        "src/app/a_neighbour.py": b"value_of_it = 1\nother_value = 2\nthird_value = 3\n",
    })  # fmt: skip
    found, _ = collect(h.write(tmp_path / "app"), context=3)
    row = next(row for row in found if row.path == "src/app/main.py")
    paths = [str(file["path"]) for file in row.context]
    assert paths == ["src/app/store.py", "src/app/words.py", "src/app/a_neighbour.py"]
    tokenizer = ChatTokenizer.load(resolve("nano").folder)
    rendered = render(row, tokenizer)
    text = tokenizer.decode(rendered.ids.tolist())
    head = "<|repo_name|>app\n<|file_sep|>src/app/store.py\nclass Store:"
    assert text.startswith(head)
    assert f"<|file_sep|>src/app/main.py\n<|fim_prefix|>{row.prefix}<|fim_suffix|>{row.suffix}<|fim_middle|>" in text
    supervised = tokenizer.decode(rendered.ids[rendered.loss_mask].tolist())
    assert supervised == f"{row.middle}<|endoftext|>"
    assert from_json(to_json(row)).id == content_id(row)


def test_a_row_without_context_has_the_id_it_always_had() -> None:
    row = Infill(prefix="a", middle="b", suffix="c", path="x.py")
    assert "context" not in to_json(row)
    assert "repository" not in to_json(row)
    assert content_id(row) == "229bae9c21b21802a697b3b49741efaa"


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=300), st.sampled_from(["a.py", "a.ts", "a.rb"]))
def test_any_bytes_are_given_back_or_refused(content: bytes, path: str) -> None:
    found = decoded(path, content)
    if found is None:
        assert b"\0" in content or any(byte >= 0x80 for byte in content)
        return
    text, encoding = found
    assert text.encode(encoding) == content
    for kind, start, end in spans(path, text, 6, Random(0)):
        assert kind in KINDS
        assert (text[:start] + text[start:end] + text[end:]).encode(encoding) == content
        assert text.count(text[start:end]) == 1
