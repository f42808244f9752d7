"""Lines that hold a word are found once each, and of long ones the part around it."""

from __future__ import annotations

from vibecoder.dataset.scrub.lines import lines_with


def found(words: tuple[str, ...], text: str) -> list[str]:
    return [text[start:end] for start, end in lines_with(words, text, text.lower())]


def test_lines_are_found_once_each() -> None:
    assert found(("key", "pass"), "a\nKEY and pass and key\nb\nmy pass") == ["KEY and pass and key", "my pass"]
    assert found(("key",), "") == []
    assert found(("key",), "key") == ["key"]


def test_of_a_long_line_the_part_around_the_word() -> None:
    text = "a" * 5000 + "key" + "b" * 9000 + "key"
    parts = found(("key",), text)
    assert [len(part) for part in parts] == [300 + 2000, 300 + 3]
    assert all("key" in part for part in parts)


def test_letters_that_grow_in_lower_case() -> None:
    assert found(("key",), "İ\nkey") == ["İ\nkey"]
