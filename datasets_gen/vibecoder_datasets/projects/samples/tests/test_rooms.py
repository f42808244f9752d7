from agenda.rooms import smallest_room

ROOMS = {"oak": 4, "elm": 8, "fir": 20}


def test_smallest_room() -> None:
    assert smallest_room(ROOMS, 5) == "elm"
    assert smallest_room(ROOMS, 8) == "elm"


def test_no_room() -> None:
    assert smallest_room(ROOMS, 21) is None
