"""Coins."""

CENTS = {"penny": 1, "dime": 10, "quarter": 25}


def coin_value(coin: str, count: int) -> int:
    """What so many coins of a kind are worth in cents."""
    return CENTS[coin] * count


def can_pay(coin: str, count: int, price: int) -> bool:
    """Whether the coins are enough for a price."""
    return coin_value(coin, count) >= price
