from agenda.hours import to_clock, to_minutes


def test_to_minutes() -> None:
    assert to_minutes("08:30") == 510


def test_to_clock() -> None:
    assert to_clock(510) == "08:30"
    assert to_clock(59) == "00:59"
