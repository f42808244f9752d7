from agenda.shift import shift_hours, shift_pay


def test_shift_hours() -> None:
    assert shift_hours(9, 17) == 8
    assert shift_hours(22, 6) == 8


def test_shift_pay() -> None:
    assert shift_pay(10, 15, 20) == 100
