"""Payments."""

FEES = {"card": 2, "cash": 0, "transfer": 1}


def payment_fee(method: str, amount: int) -> int:
    """The fee of a payment in percent of its amount, in whole coins."""
    return amount * FEES[method] // 100


def change_due(paid: int, total: int) -> int:
    """What goes back to the customer."""
    if paid < total:
        raise ValueError("not enough")
    return paid - total
