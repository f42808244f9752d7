"""Prices with tax and discount."""

TAX_RATE = 0.2


def with_tax(price: float) -> float:
    """The price with tax, rounded to cents."""
    return round(price * (1 + TAX_RATE), 2)


def discounted(price: float, percent: float) -> float:
    """The price after a discount in percent, rounded to cents."""
    return round(price * (100 - percent) / 100, 2)
