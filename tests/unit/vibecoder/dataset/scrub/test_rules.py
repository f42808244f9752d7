"""gitleaks' rules: each finds the secrets that its own pattern makes, in lines with its keyword and not elsewhere."""

from __future__ import annotations

import random

import pytest

from support.regex_samples import sample
from vibecoder.dataset.scrub.records import scrub_text
from vibecoder.dataset.scrub.rules import Rule, rule_spans, rules

SAMPLES = 4
OF_ANY_SIGNS = ("curl-auth-user", "nuget-config-password")
"""Passwords of any signs: those that people have are among tests/support/given_secrets.py."""


def line_of(rule: Rule, rng: random.Random) -> tuple[str, str] | None:
    """A line with a secret of the rule and the secret, where the pattern's own conditions happen to be met."""
    for _ in range(60):
        line = f"x = {sample(rule.source, rng)} # {rule.keywords[0]}".replace("\n", " ")
        spans = list(rule.spans(line, 0, len(line)))
        if spans:
            return line, line[slice(*spans[0])]
    return None


@pytest.mark.parametrize(
    "rule", [rule for rule in rules() if rule.name not in OF_ANY_SIGNS], ids=lambda rule: rule.name
)
def test_every_rule_masks_what_it_describes(rule: Rule) -> None:
    rng = random.Random(rule.name)
    found = [line_of(rule, rng) for _ in range(SAMPLES)]
    lines = [each for each in found if each]
    assert lines, "the rule matches none of the strings made from it"
    left = [line for line, secret in lines if secret in scrub_text(f"a = 1\n{line}\nb = 2\n")[0]]
    assert len(left) <= len(lines) // 3, left


def test_a_line_without_the_keyword_is_not_looked_at() -> None:
    rule = next(rule for rule in rules() if rule.name == "adafruit-api-key")
    line, secret = line_of(rule, random.Random(1)) or ("", "")
    assert {name for *_, name in rule_spans(line, line.lower(), line.lower())} >= {"adafruit-api-key"}
    other = f"# adafruit\nkey = '{secret}'"
    assert not [span for span in rule_spans(other, other.lower(), other.lower()) if span[2] == rule.name]


def test_placeholders_stay() -> None:
    line = "adafruit_key = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'"
    assert list(rule_spans(line, line.lower(), line.lower())) == []


def test_a_letter_whose_lower_case_has_two_letters_moves_nothing() -> None:
    rule = next(rule for rule in rules() if rule.name == "adafruit-api-key")
    line, secret = line_of(rule, random.Random(2)) or ("", "")
    text = f"İİİ {line}"
    spans = [text[start:end] for start, end, name in rule_spans(text, text.lower(), text.lower()) if name == rule.name]
    assert spans == [secret]
