from textkit.csvrow import join_row, split_row


def test_split_row() -> None:
    assert split_row("a, b ,c") == ["a", "b", "c"]


def test_join_row() -> None:
    assert join_row(["a", "b,c"]) == 'a,"b,c"'
