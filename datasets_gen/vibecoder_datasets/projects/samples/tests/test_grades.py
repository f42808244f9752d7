from numkit.grades import letter, passed


def test_letter() -> None:
    assert letter(4) == "B"
    assert letter(1) == "F"


def test_passed() -> None:
    assert passed([5, 1])
    assert not passed([5, 0, 5])
    assert not passed([2, 3])
