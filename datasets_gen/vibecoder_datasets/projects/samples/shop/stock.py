"""What is in stock."""

MINIMUM = 5


def needs_order(stock: int, reserved: int) -> bool:
    """Whether fewer than `MINIMUM` are left once the reserved ones are gone."""
    return stock - reserved < MINIMUM


def order_size(stock: int, target: int) -> int:
    """How many to order to reach the target; never less than none."""
    return max(0, target - stock)
