from textkit.lines import line_at, longest_line


def test_line_at() -> None:
    assert line_at("ab\ncd", 0) == 1
    assert line_at("ab\ncd", 3) == 2


def test_longest_line() -> None:
    assert longest_line("a\nbcd\ne") == 3
    assert longest_line("") == 0
