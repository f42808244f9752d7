"""Lines of a basket."""

GIFT_FEE = 4


def line_total(price: int, count: int) -> int:
    """What so many pieces cost; every tenth piece is free."""
    return price * (count - count // 10)


def gift_total(price: int, count: int) -> int:
    """The same, wrapped as a gift."""
    return line_total(price, count) + GIFT_FEE
