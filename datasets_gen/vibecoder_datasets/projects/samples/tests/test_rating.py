from shop.rating import average_rating, is_top_rated


def test_average_rating() -> None:
    assert average_rating([5, 4, 4]) == 4.3
    assert average_rating([]) == 0.0


def test_is_top_rated() -> None:
    assert is_top_rated([5, 5, 4])
    assert not is_top_rated([5, 5])
    assert not is_top_rated([4, 4, 4])
