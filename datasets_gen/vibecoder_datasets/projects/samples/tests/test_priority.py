from agenda.priority import most_urgent, urgency


def test_urgency() -> None:
    assert urgency("high", 1) == 10
    assert urgency("normal", 2) == 2


def test_most_urgent() -> None:
    assert most_urgent({"mail": 2, "tax": 9}) == "tax"
