from textkit.bullets import bullet, is_bullet


def test_bullet() -> None:
    assert bullet("milk", "dash") == "- milk"
    assert bullet("milk", "plus") == "+ milk"


def test_is_bullet() -> None:
    assert is_bullet("* milk")
    assert not is_bullet("milk")
