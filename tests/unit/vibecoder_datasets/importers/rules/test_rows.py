from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

import pytest

from support.planted_secrets import SECRETS, leaks
from vibecoder.dataset.importing import ImportResult, run_import
from vibecoder.dataset.split import split
from vibecoder.dataset.store import Dataset
from vibecoder.errors import DataError
from vibecoder.types import Comparison, Example, ImportJob, Record
from vibecoder_datasets.importers import RULES
from vibecoder_datasets.importers.rules.checks import cases
from vibecoder_datasets.importers.rules.markdown import plain, sections

PAGES = {
    "rules/identity.md": "---\ndescription: x\n---\n# 🧠 Identity\nYou are Antigravity, the Senior Developer Mind.\n",
    "rules/code.md": "# Code\n\n## 📏 Size\n- **Never exceed 300 lines** of code.\n"
    "- Always run the tests\n  before you commit.\n"
    "\n## Commits\n* Keep the subject to at most 72 characters.\n",
    "memory/corrections.md": "# Brackets\n- ❌ `((x))` twice ✅ `(x)` once\n"
    "- Mistake: guessed the path. Fix: list the folder\n"
    "# Lint\n- **Wrong**: ran it after the push\n- **Right**: run it before\n- think first\n",
    "workflows/create-feature.md": "# create-feature\n1. Write a test.\n2. Make it pass.\n3. Update the log.\n",
    "memory/logs.md": "# Log entries\nOne line for each change.\n```\n[2026-11-21] feat: cart\n```\n",
    "fine-tuning-file.json": json.dumps([{"instruction": "What is the wall?", "input": "", "output": "Tests pass."}]),
}  # fmt: skip


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    for name, text in PAGES.items():
        path = tmp_path / "repo" / ".agent" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "repo"


def import_from(folder: Path, **options: object) -> tuple[ImportResult, list[Record]]:
    into = folder.parent / "rows.jsonl"
    result = run_import(RULES, ImportJob(folder, options=options), into)
    return result, list(Dataset(into).read().records)


def said(records: list[Record], kind: str) -> list[tuple[str, str]]:
    return [
        (row.messages[0]["content"], row.messages[-1]["content"]) for row in records
        if isinstance(row, Example) and row.subcategory == kind
    ]  # fmt: skip


def test_every_page_gives_its_kind_of_rows(agent: Path) -> None:
    rows = import_from(agent)[1]
    assert {row.subcategory for row in rows} == {
        "rule", "violation", "check", "correction", "lesson", "workflow", "log", "identity", "alpaca",
    }  # fmt: skip
    assert all(row.category == "rules" and row.verification in ("imported", "parsed") for row in rows)
    assert len({answer for _, answer in said(rows, "identity")}) == 1
    assert said(rows, "identity")[0][1] == "I am Antigravity, the Senior Developer Mind."
    assert len(said(rows, "identity")) == 5
    assert said(rows, "alpaca") == [("What is the wall?", "Tests pass.")]


def test_rules_are_asked_for_in_several_ways_and_refused_to_be_broken(agent: Path) -> None:
    rows = import_from(agent)[1]
    size = [(asked, answer) for asked, answer in said(rows, "rule") if "Size" in asked]
    assert len(size) == 3
    assert {answer for _, answer in size} == {
        "- Never exceed 300 lines of code.\n- Always run the tests before you commit."
    }
    violations = said(rows, "violation")
    assert {answer for _, answer in violations} == {
        "No, I keep to the rule: Never exceed 300 lines of code.",
        "No, I keep to the rule: Always run the tests before you commit.",
    }
    assert any("exceed 300 lines of code" in asked and "ever" not in asked for asked, _ in violations)


def test_limits_are_measured(agent: Path) -> None:
    checks = said(import_from(agent)[1], "check")
    verdicts = {True: 0, False: 0}
    for asked, answer in checks:
        count = re.search(r"^(\d+) \S+\.py$", asked, re.MULTILINE)
        subject = re.search(r"`(.+)`$", asked)
        is_kept = int(count[1]) <= 300 if count else len(subject[1]) <= 72 if subject else None
        assert answer.startswith("Yes." if is_kept else "No.")
        verdicts[bool(is_kept)] += 1
    assert verdicts == {True: 2, False: 2}


@pytest.mark.parametrize("rule", [
    "Keep files under 250 lines.", "Lines have at most 100 characters.", "Use a 50-character subject.",
    "Functions and variables are snake_case.", "Max. 1,200-line modules",
])  # fmt: skip
def test_checks_come_in_pairs_of_both_verdicts(rule: str) -> None:
    for seed in range(20):
        found = list(cases(rule, Random(seed)))
        assert [case.is_kept for case in found] == [True, False]
        for case in found:
            line = re.search(r"```python\n(.*)\n```", case.shown)
            if line:
                assert (len(line[1]) <= 100) == case.is_kept
                assert f"{len(line[1])} characters" in case.verdict


def test_corrections_become_answers_and_comparisons(agent: Path) -> None:
    rows = import_from(agent)[1]
    answers = {answer for _, answer in said(rows, "correction")}
    assert answers == {"No. `(x)` once.", "No. list the folder.", "No. run it before."}
    pairs = [row for row in rows if isinstance(row, Comparison)]
    assert [(row.chosen[0]["content"], row.rejected[0]["content"]) for row in pairs] == [
        ("`(x)` once.", "`((x))` twice."), ("list the folder.", "guessed the path."),
        ("run it before.", "ran it after the push."),
    ]  # fmt: skip
    assert {answer for _, answer in said(rows, "lesson")} == {"think first"}


def test_workflows_are_told_step_by_step(agent: Path) -> None:
    answers = [answer for _, answer in said(import_from(agent)[1], "workflow")]
    assert answers.count("1. Write a test.\n2. Make it pass.\n3. Update the log.") == 3
    assert {"Make it pass.", "Update the log.", "That was the last step."} <= set(answers)


def test_the_answers_to_one_question_stay_together_in_a_split(agent: Path) -> None:
    train, held = split(import_from(agent)[1], 0.3, 0)
    assert held
    assert {row.group for row in train}.isdisjoint(row.group for row in held)


def test_the_name_can_be_given_and_no_rules_are_an_error(agent: Path, tmp_path: Path) -> None:
    rows = import_from(agent, name="Kai", phrasings=1)[1]
    assert said(rows, "identity")[0][1] == "I am Kai."
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"no rules below .*empty; there should be one of rules"):
        import_from(tmp_path / "empty")


def test_damaged_files_cost_themselves_alone(agent: Path) -> None:
    (agent / ".agent" / "fine-tuning-file.json").write_text('[{"instruction": "a", "out')
    (agent / ".agent" / "rules" / "latin.md").write_bytes("# Größe\n- Halte dich kurz".encode("latin-1") + b"\0\n")
    (agent / ".agent" / "rules" / "empty.md").write_text("\n")
    result, rows = import_from(agent)
    assert result.dropped == {"an Alpaca file that cannot be read": 1, "a file that says nothing": 1}
    assert "may be cut off" in result.notes[0]
    assert len(rows) > 20


def test_no_secret_of_the_rules_comes_out(agent: Path) -> None:
    for kind, (_, line) in SECRETS.items():
        (agent / ".agent" / "rules" / f"{kind}.md").write_text(
            f"# About {kind}\n- Never share {line}\n\n```\n{line}\n```\n"
        )
        (agent / ".agent" / "workflows" / f"{kind}.md").write_text(f"1. Log in.\n2. {line}\n")
    result, _ = import_from(agent)
    assert result.masked.total() > len(SECRETS)
    assert not leaks((agent.parent / "rows.jsonl").read_text() + json.dumps(result.to_json()))


def test_markdown_is_taken_apart() -> None:
    page = "before\n# 1. A *b*\n- one [x](http://y) `a*b*c`\n  two\n\n| t | u |\n|---|:--|\n| `v` | w |\n"
    page += "1) s\n2) run:\n   ```sh\n   ls\n   ```\n\n~~~\n[x]\n~~~\nend\n"
    found = sections(page, "page")
    assert [(part.title, part.paragraphs, part.items, part.steps, part.code) for part in found] == [
        ("page", ["before"], [], [], []),
        ("A b", ["end"], ["one x `a*b*c` two", "`v`: w"], ["s", "run:\n```sh\nls\n```"], ["[x]"]),
    ]
    assert plain("🚨 **Do** it ✅") == "Do it ✅"
