from shop.stock import needs_order, order_size


def test_needs_order() -> None:
    assert needs_order(9, 5)
    assert not needs_order(10, 5)


def test_order_size() -> None:
    assert order_size(3, 10) == 7
    assert order_size(12, 10) == 0
