from numkit.scale import percent_of, rescale


def test_percent_of() -> None:
    assert percent_of(1, 4) == 25.0
    assert percent_of(1, 0) == 0.0


def test_rescale() -> None:
    assert rescale(15, 10, 20) == 0.5
