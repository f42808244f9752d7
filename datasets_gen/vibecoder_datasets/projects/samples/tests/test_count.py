from textkit.count import count_words, top_word


def test_count_words() -> None:
    assert count_words("A b a") == {"a": 2, "b": 1}


def test_top_word() -> None:
    assert top_word("b a c a") == "a"
