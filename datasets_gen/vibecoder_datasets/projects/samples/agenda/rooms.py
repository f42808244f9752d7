"""Meeting rooms."""


def smallest_room(rooms: dict[str, int], people: int) -> str | None:
    """The smallest room that holds all people, None if there is none."""
    fitting = [name for name, seats in rooms.items() if seats >= people]
    return min(fitting, key=lambda name: rooms[name], default=None)
