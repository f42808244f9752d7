"""Coupons."""

COUPONS = {"welcome": 5, "summer": 10, "friend": 20}


def coupon_value(code: str) -> int:
    """What a coupon takes off, nothing for an unknown code."""
    return COUPONS.get(code.lower(), 0)


def apply_coupon(total: int, code: str) -> int:
    """The total after a coupon, not below 0."""
    return max(0, total - coupon_value(code))
