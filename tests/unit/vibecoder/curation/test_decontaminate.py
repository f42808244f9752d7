"""No ten words of an evaluation prompt are left in any kind of row."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from support.rows import chat, kinds
from vibecoder.curation.decontaminate import Prompts, decontaminate
from vibecoder.curation.texts import text

VOCABULARY = (
    "add",
    "a",
    "test",
    "for",
    "the",
    "parser",
    "that",
    "reads",
    "empty",
    "files",
    "and",
    "fix",
    "what",
    "fails",
)
WORDS = st.sampled_from(VOCABULARY)


def grams(said: str) -> set[str]:
    words = said.lower().split()
    return {" ".join(words[at : at + 10]) for at in range(len(words) - 9)}


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(WORDS, min_size=1, max_size=25), max_size=6), st.lists(st.lists(WORDS, max_size=30), max_size=3)
)
def test_no_ten_words_of_a_prompt_are_left(rows: list[list[str]], prompts: list[list[str]]) -> None:
    asked = [" ".join(words) for words in prompts]
    clean, found = decontaminate([chat(" ".join(words)) for words in rows], Prompts(asked))
    known = set().union(*map(grams, asked)) if asked else set()
    assert len(clean) + len(found) == len(rows)
    assert not any(grams(text(row)) & known for row in clean)


def test_a_prompt_is_found_in_every_kind_of_row_whatever_its_case_blanks_and_signs() -> None:
    prompt = "Write a function that reads a file, counts its lines, and returns the sum."
    for copy in (prompt, prompt.upper(), re.sub(" ", "\n\t", prompt), re.sub("[.,]", " --", prompt), f"({prompt})"):
        assert decontaminate(kinds(f"Please do this: {copy}"), Prompts([prompt]))[0] == []
    other = "Write a function that reads a file; tell me how many lines it has in all."
    assert decontaminate(kinds(other), Prompts([prompt]))[1] == []


def test_short_prompts_count_as_a_whole_and_shorter_ones_not_at_all() -> None:
    clean, found = decontaminate([chat("now fix the failing test in a.py please"), chat("fix it")],
                                 Prompts(["Fix the failing test", "fix it", "fix the failing test in"]))  # fmt: skip
    assert [row.words for row in found] == ["fix the failing test in"]
    assert len(clean) == 1
