from numkit.distance import distance, is_near


def test_distance() -> None:
    assert distance(2, 7) == 5


def test_is_near() -> None:
    assert is_near(7, 2, 5)
    assert not is_near(7, 2, 4)
