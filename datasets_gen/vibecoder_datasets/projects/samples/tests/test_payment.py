import pytest
from shop.payment import change_due, payment_fee


def test_payment_fee() -> None:
    assert payment_fee("card", 250) == 5
    assert payment_fee("cash", 250) == 0


def test_change_due() -> None:
    assert change_due(10, 10) == 0
    with pytest.raises(ValueError, match="not enough"):
        change_due(5, 10)
