"""RE2's patterns spelled for Python: flags end with their group, POSIX classes are spelled out."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts/gitleaks_rules.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("gitleaks_rules", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a(?i)b|c", "a(?i:b)|(?i:c)"),
        ("(a(?i)b)c", "(a(?i:b))c"),
        ("(?i)x(?-i)y", "(?i:x(?-i:y))"),
        (r"[[:alnum:]_]{4}\z", r"[A-Za-z0-9_]{4}\Z"),
        (r"\([|)]\(", r"\([|)]\("),
        (r"[]a](?i)[^]b]", r"[]a](?i:[^]b])"),
    ],
)
def test_patterns_are_spelled_for_python(script, pattern: str, expected: str) -> None:
    assert script.to_python(pattern) == expected
    re.compile(script.to_python(pattern))


def test_rules_are_read_from_the_file(script, tmp_path: Path) -> None:
    source = tmp_path / "gitleaks.toml"
    first = "id = 'a'\nregex = '(?i)[\\w.-]{0,50}?(?:acme)=([a-z]{4})'\nentropy = 2\nkeywords = ['ACME']\n"
    others = "[[rules]]\nid = 'jwt'\nregex = 'x'\nkeywords = ['x']\n[[rules]]\nid = 'path'\nkeywords = ['y']\n"
    source.write_text(f"[[rules]]\n{first}{others}")
    assert script.converted(source) == [
        {"id": "a", "keywords": ["acme"], "pattern": "(?i:(?:acme)=([a-z]{4}))", "entropy": 2}
    ]


def test_the_rules_of_the_package_are_its_output(script) -> None:
    rules = json.loads(script.TARGET.read_text())
    assert len(rules) > 200
    assert not {rule["id"] for rule in rules} & script.LEFT_OUT.keys()
    for rule in rules:
        re.compile(rule["pattern"], re.ASCII)
