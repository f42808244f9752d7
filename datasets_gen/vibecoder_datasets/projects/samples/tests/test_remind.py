from agenda.remind import is_due, remind_at


def test_remind_at() -> None:
    assert remind_at(100, "phone") == 85
    assert remind_at(30, "mail") == 0


def test_is_due() -> None:
    assert is_due(9, 9)
    assert not is_due(8, 9)
