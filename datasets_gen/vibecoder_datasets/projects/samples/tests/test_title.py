from textkit.title import capital, heading


def test_capital() -> None:
    assert capital("moon") == "Moon"
    assert capital("") == ""


def test_heading() -> None:
    assert heading("first steps") == "# First steps"
