from numkit.units import is_longer, to_metres


def test_to_metres() -> None:
    assert to_metres(3, "km") == 3000


def test_is_longer() -> None:
    assert is_longer(1610, 1, "mile")
    assert not is_longer(1000, 1, "km")
