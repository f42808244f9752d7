from agenda.duration import duration_text, total_minutes


def test_duration_text() -> None:
    assert duration_text(125) == "2h 5m"
    assert duration_text(45) == "45m"


def test_total_minutes() -> None:
    assert total_minutes([(1, 10), (0, 20)]) == 90
