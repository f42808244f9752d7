"""Secrets as people hand them over: every form is masked, and lines that only look like one are left."""

from __future__ import annotations

import random

import pytest

from support.given_secrets import FORMS, HARMLESS, planted
from vibecoder.dataset.scrub.given import is_placeholder
from vibecoder.dataset.scrub.records import scrub_text

LINES = [(kind, form) for kind, forms in FORMS.items() for form in forms]


@pytest.mark.parametrize(("kind", "form"), LINES, ids=[f"{kind}-{form[:24]}" for kind, form in LINES])
def test_every_form_is_masked(kind: str, form: str) -> None:
    rng = random.Random(form)
    for _ in range(8):
        line, values = planted(form, rng)
        clean, counts = scrub_text(f"$ cd app\n{line}\ndone\n")
        assert not [value for value in values if len(value) > 5 and value in clean], clean
        assert counts
        assert clean.startswith("$ cd app\n")
        assert clean.endswith("\ndone\n")


@pytest.mark.parametrize("line", HARMLESS)
def test_what_only_looks_like_one_is_left(line: str) -> None:
    assert scrub_text(line) == (line, {})


@pytest.mark.parametrize("value", ["required", "SecretStr", "getPassword", "settings.PASSWORD", "my_secret", "PASSWORD",
                                   "changeme", "********", "-p", "%s", "your-password"])  # fmt: skip
def test_words_about_passwords_are_placeholders(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize("value", ["correcthorsebattery", "lixYVqxxkH", "S3cretPw9", "hunter2hunter2", "a!b?c#dd"])
def test_passwords_are_none(value: str) -> None:
    assert not is_placeholder(value)
