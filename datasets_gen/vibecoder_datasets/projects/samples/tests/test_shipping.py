from shop.shipping import is_free, shipping_cost


def test_shipping_cost() -> None:
    assert shipping_cost("local", 2) == 6
    assert shipping_cost("world", 3) == 45


def test_is_free() -> None:
    assert is_free(50)
    assert not is_free(49)
