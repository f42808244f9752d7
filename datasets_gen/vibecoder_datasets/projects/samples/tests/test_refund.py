from shop.refund import can_refund, refund_amount


def test_can_refund() -> None:
    assert can_refund(30, False)
    assert not can_refund(31, False)
    assert not can_refund(3, True)


def test_refund_amount() -> None:
    assert refund_amount(20, 5) == 15
    assert refund_amount(3, 5) == 0
