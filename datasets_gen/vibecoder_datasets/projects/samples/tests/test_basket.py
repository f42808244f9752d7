from shop.basket import gift_total, line_total


def test_line_total() -> None:
    assert line_total(3, 9) == 27
    assert line_total(3, 10) == 27


def test_gift_total() -> None:
    assert gift_total(5, 2) == 14
