"""Shipping costs by weight and zone."""

RATES = {"local": 3, "europe": 8, "world": 15}


def shipping_cost(zone: str, kilos: int) -> int:
    """The zone's rate for each kilo begun."""
    return RATES[zone] * kilos


def is_free(total: int) -> bool:
    """Whether an order is large enough to be sent for nothing."""
    return total >= 50
