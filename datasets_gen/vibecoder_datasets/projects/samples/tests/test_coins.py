from numkit.coins import can_pay, coin_value


def test_coin_value() -> None:
    assert coin_value("dime", 3) == 30
    assert coin_value("quarter", 2) == 50


def test_can_pay() -> None:
    assert can_pay("penny", 5, 5)
    assert not can_pay("penny", 4, 5)
