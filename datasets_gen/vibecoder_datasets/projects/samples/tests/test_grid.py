from numkit.grid import cell_distance, in_grid


def test_in_grid() -> None:
    assert in_grid(0, 2, 3)
    assert not in_grid(0, 3, 3)
    assert not in_grid(-1, 0, 3)


def test_cell_distance() -> None:
    assert cell_distance((1, 2), (4, 0)) == 5
