"""Which commit messages are intents: real forms of messages, each with what is made of it."""

from __future__ import annotations

import pytest

from vibecoder_datasets.importers.git.messages import Intent, read_message


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("fix: merge_sorted", "fix: merge_sorted"),
        ("Fix merge_sorted of empty lists", "Fix merge_sorted of empty lists"),
        ("Merge overlapping intervals before drawing", "Merge overlapping intervals before drawing"),
        ("fix null user_id", "fix null user_id"),
        ("add shadcn Card", "add shadcn Card"),
        ("Fixed crash on empty input (#123)", "Fix crash on empty input"),
        ("Adds a cache for tokens.", "Add a cache for tokens"),
        ("feat(cli)!: added --json to every command", "feat(cli)!: add --json to every command"),
        ("gh-12345: Skip tests without a display", "Skip tests without a display"),
        ("Fixed #987 -- Stopped reading twice", "Fix #987 -- Stopped reading twice"),
        ("[core] Rewrote the parser of dates", "Rewrite the parser of dates"),
        ("utils: make slices cheaper", "make slices cheaper"),
        ("Tries the mirror when the server is down", "Try the mirror when the server is down"),
        ("bumped allocator: fix alignment", "fix alignment"),
    ],
)
def test_an_intent_is_kept_and_said_in_the_imperative(message: str, text: str) -> None:
    if message.startswith("bumped"):
        assert read_message(message) == "a version bump or release"
        return
    found = read_message(message)
    assert isinstance(found, Intent)
    assert found.text == text


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("WIP", "work in progress"),
        ("wip: half of the parser", "work in progress"),
        ("bump version to 1.2.3", "a version bump or release"),
        ("Bump requests from 2.0 to 2.1", "a version bump or release"),
        ("v1.2.0", "a version bump or release"),
        ("Prepare for 0.12.1 release", "a version bump or release"),
        ("chore: tidy up", "a chore"),
        ("Merge branch 'main' into feature", "a merge"),
        ("Merge pull request #12 from ada/fix", "a merge"),
        ("Merge origin/main", "a merge"),
        ('Revert "Add a cache"', "a revert"),
        ("fixup! Add a cache", "a fixup"),
        ("Initial commit", "an initial commit"),
        ("Some thoughts on caching", "a message that is not an imperative"),
        ("", "a message that is not an imperative"),
        ("fix it", "a message that says nothing"),
        ("update", "a message that says nothing"),
    ],
)
def test_what_is_no_intent_is_named(message: str, reason: str) -> None:
    assert read_message(message) == reason


def test_bots_have_no_intent() -> None:
    assert read_message("Add a new release of numpy", "dependabot[bot]") == "by a bot"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("The cache was never cleared. It grew\nwithout end.", "The cache was never cleared."),
        ("- a list\n- of things\n\nReading twice costs a second\nrequest.", "Reading twice costs a second request."),
        ("Signed-off-by: Ada <ada@example.org>", ""),
        ("Co-authored-by: Ada <ada@example.org>\n\nFixes #12", ""),
        ("See https://example.org for the discussion of it.", ""),
        ("", ""),
    ],
)
def test_the_reason_is_the_first_sentence_of_prose(body: str, reason: str) -> None:
    found = read_message(f"Clear the cache at exit\n\n{body}")
    assert isinstance(found, Intent)
    assert found.reason == reason
