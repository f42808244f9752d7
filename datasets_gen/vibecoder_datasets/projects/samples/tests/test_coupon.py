from shop.coupon import apply_coupon, coupon_value


def test_coupon_value() -> None:
    assert coupon_value("SUMMER") == 10
    assert coupon_value("none") == 0


def test_apply_coupon() -> None:
    assert apply_coupon(30, "friend") == 10
    assert apply_coupon(3, "welcome") == 0
