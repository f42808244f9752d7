from textkit.names import full_name, initials


def test_initials() -> None:
    assert initials("ada king lovelace") == "AKL"


def test_full_name() -> None:
    assert full_name(" Ada ", "King") == "Ada King"
    assert full_name("Ada", "") == "Ada"
