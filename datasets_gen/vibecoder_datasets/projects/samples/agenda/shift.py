"""Working shifts."""


def shift_hours(start: int, end: int) -> int:
    """Hours of a shift; one that ends earlier than it starts runs over midnight."""
    return (end - start) % 24


def shift_pay(start: int, end: int, wage: int) -> int:
    """What a shift earns."""
    return shift_hours(start, end) * wage
