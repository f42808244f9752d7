from shop.price import discounted, with_tax


def test_with_tax() -> None:
    assert with_tax(10.0) == 12.0


def test_discounted() -> None:
    assert discounted(80.0, 25) == 60.0
