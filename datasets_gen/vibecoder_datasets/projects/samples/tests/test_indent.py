from textkit.indent import indent_block, indent_depth


def test_indent_depth() -> None:
    assert indent_depth("        x") == 2
    assert indent_depth("x") == 0


def test_indent_block() -> None:
    assert indent_block(["a", ""], 1) == ["    a", ""]
