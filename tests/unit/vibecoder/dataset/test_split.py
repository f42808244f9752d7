"""The split: whole groups, every category its share, the same whatever the order and nearly so as rows are added."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from vibecoder.dataset.components import text_keys
from vibecoder.dataset.records import identified
from vibecoder.dataset.split import split
from vibecoder.types import Infill

CATEGORIES = ("tool-use", "agentic", "collaboration")


def infill(number: int, category: str, group: str) -> Infill:
    return identified(Infill(prefix=str(number), middle="x", suffix="", category=category, group=group))


def groups_of(rows: list[Infill]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row.category].add(row.group or row.id)
    return found


one_home = st.lists(st.tuples(st.sampled_from(CATEGORIES), st.integers(0, 12)), max_size=60).map(
    lambda pairs: [infill(i, category, f"{category}/{group}") for i, (category, group) in enumerate(pairs)]
)
anywhere = st.lists(st.tuples(st.sampled_from(CATEGORIES), st.integers(0, 6)), max_size=40).map(
    lambda pairs: [infill(i, category, f"g{group}" if group else "") for i, (category, group) in enumerate(pairs)]
)
shares = st.floats(0, 1)


@given(one_home, shares, st.integers(0, 5))
def test_every_category_gives_its_share_of_groups(rows: list[Infill], share: float, seed: int) -> None:
    train, held = split(rows, share, seed)
    for category, groups in groups_of(rows).items():
        gone, left = groups_of(held)[category], groups_of(train)[category]
        wanted = min(len(groups) - 1, max(1, round(share * len(groups)))) if share else 0
        assert len(gone) == wanted
        assert len(left) == len(groups) - wanted > 0


@given(anywhere, shares, st.integers(0, 5), st.randoms())
def test_no_group_is_divided_and_order_does_not_matter(
    rows: list[Infill], share: float, seed: int, shuffler: random.Random
) -> None:
    train, held = split(rows, share, seed)
    assert {row.group or row.id for row in train}.isdisjoint(row.group or row.id for row in held)
    assert [row for row in rows if row in train] == train
    assert [row for row in rows if row in held] == held
    assert len(train) + len(held) == len(rows)
    assert groups_of(train).keys() == groups_of(rows).keys()
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    again = split(shuffled, share, seed)
    assert {row.id for row in again[1]} == {row.id for row in held}


def test_rows_added_later_move_hardly_any_group() -> None:
    rows = [infill(i, CATEGORIES[i % 3], f"g{i}") for i in range(300)]
    more = [*rows, *(infill(1000 + i, CATEGORIES[i % 3], f"new{i}") for i in range(30))]
    before = {row.id for row in split(rows, 0.15, 0)[1]}
    after = {row.id for row in split(more, 0.15, 0)[1]}
    assert len(before) == 45
    assert len(before - after) <= 8
    other = {row.id for row in split(rows, 0.15, 1)[1]}
    assert len(before & other) < 25


def test_small_categories() -> None:
    single = [infill(i, "agentic", "one") for i in range(5)]
    assert split(single, 0.5, 0) == (single, [])
    pair = [infill(0, "agentic", "one"), infill(1, "agentic", "two")]
    train, held = split(pair, 0.01, 0)
    assert len(train) == len(held) == 1
    assert split(pair, 0, 0) == (pair, [])
    assert split([], 0.5, 0) == ([], [])
    unnamed = [infill(i, "agentic", "") for i in range(20)]
    assert len(split(unnamed, 0.25, 0)[1]) == 5


def test_the_only_group_of_a_category_stays_in_training() -> None:
    rows = [infill(i, "tool-use", f"g{i}") for i in range(10)]
    for i in range(10):
        shared = [*rows, infill(100, "agentic", f"g{i}")]
        train, held = split(shared, 0.2, 0)
        assert {row.category for row in train} == {"tool-use", "agentic"}
        assert len({row.group for row in held}) == 2


def shown(number: int, group: str, *shows: str, category: str = "commit-diff") -> Infill:
    made = infill(number, category, group)
    return replace(made, provenance={"shows": [group, *shows]}) if shows else made


linked = st.lists(
    st.tuples(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=2), st.sampled_from(CATEGORIES)), max_size=60
).map(lambda given: [shown(i, f"f{own}", *(f"f{n}" for n in others), category=category)
                     for i, (own, others, category) in enumerate(given)])  # fmt: skip


def names(rows: list[Infill]) -> set[str]:
    return {key for row in rows for key in (row.group, *row.provenance.get("shows", ()))}


@given(linked, shares, st.integers(0, 3), st.randoms())
def test_nothing_that_a_held_out_row_shows_is_trained_on(
    rows: list[Infill], share: float, seed: int, shuffler: random.Random
) -> None:
    train, held = split(rows, share, seed)
    assert names(train).isdisjoint(names(held))
    assert groups_of(train).keys() == groups_of(rows).keys()
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    assert {row.id for row in split(shuffled, share, seed)[1]} == {row.id for row in held}


def test_a_text_that_is_common_to_all_joins_nothing() -> None:
    rows = [shown(i, f"g{i}", "text:welcome", *(["text:rare"] if i < 2 else [])) for i in range(20)]
    train, held = split(rows, 0.25, 0)
    assert len(train) + len(held) == 20
    rare = [{row.group for row in side} & {"g0", "g1"} for side in (train, held)]
    assert {"g0", "g1"} in rare


def test_equal_texts_have_one_name_whatever_their_marks() -> None:
    one, other = (
        "Do the work that we spoke of at noon, in two parts!",
        "do the work that we spoke of at noon in two parts",
    )
    assert text_keys([one, other, "too short to tell"]) == text_keys([other])
    assert len(text_keys([one])) == 1
