from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from vibecoder.curation.decontaminate import Prompts, decontaminate
from vibecoder.curation.duplicates import dedupe
from vibecoder.curation.lengths import lengths
from vibecoder.curation.texts import text
from vibecoder.dataset.split import split
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Comparison, Example, Infill, Rated, Record, Task

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


def chat(said: str, reply: str = "done", **labels: str) -> Example:
    turns = [{"role": "user", "content": said}, {"role": "assistant", "content": reply}]
    return Example(messages=turns, **labels)  # type: ignore[arg-type]


def kinds(said: str) -> list[Record]:
    ask, reply = [{"role": "user", "content": "x"}], [{"role": "assistant", "content": said}]
    call = {"type": "function", "function": {"name": "bash", "arguments": {"command": said}}}
    return [
        chat(said),
        chat("x", said),
        Example(messages=[*ask, {"role": "assistant", "content": "", "tool_calls": [call]}]),
        Infill(prefix=said[:9], middle=said[9:], suffix=""),
        Comparison(messages=ask, chosen=[{"role": "assistant", "content": "no"}], rejected=reply),
        Rated(messages=ask, completion=reply, label=False),
        Task(messages=ask, reference={"tests": said}),
    ]


LONG = " ".join(f"word{n}" for n in range(120))


def test_copies_and_near_copies_of_earlier_rows_go() -> None:
    near = LONG.replace("word30", "other")
    rows = [chat(LONG), chat("short"), chat(LONG, category="b"), chat(near), chat(near + " end")]
    found = dedupe(rows)
    assert found.kept == (rows[0], rows[1])
    assert found.exact == 1
    assert [pair[2] > 0.8 for pair in found.near] == [True, True]
    assert len({pair[1] for pair in found.near}) == 1
    assert len(dedupe(rows, None).kept) == 4


def test_rows_of_different_kinds_are_no_copies() -> None:
    rows = [chat(LONG), Infill(prefix=LONG, middle="x", suffix="")]
    assert dedupe(rows).kept == tuple(rows)


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


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=40), st.integers(0, 3))
def test_no_group_stands_on_both_sides(labels: list[tuple[str, int]], seed: int) -> None:
    rows = [chat(str(at), category=category, group=f"g{group}") for at, (category, group) in enumerate(labels)]
    train, held = split(rows, 0.15, seed)
    assert {row.group for row in train}.isdisjoint(row.group for row in held)
    assert len(train) + len(held) == len(rows)


def test_lengths_are_those_of_rendering() -> None:
    tokenizer = ChatTokenizer.load(NANO)
    rows = [chat("hi", category="a"), chat(LONG, category="b"), *kinds("short")[3:]]
    found = lengths(rows, tokenizer, 64)
    assert found.of["a"] == [len(render(rows[0], tokenizer))]
    assert found.fitting(found.of["b"]) == 0
    assert found.enough(1) % 128 == 0
    assert found.enough(1) >= found.of["b"][0]
    assert len(found.all) == len(rows)
