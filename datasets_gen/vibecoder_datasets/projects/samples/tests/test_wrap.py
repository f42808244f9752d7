from textkit.wrap import wrap_words


def test_wrap_words() -> None:
    assert wrap_words("one two three", 7) == ["one two", "three"]


def test_wrap_long_word() -> None:
    assert wrap_words("abcdef gh", 4) == ["abcdef", "gh"]
