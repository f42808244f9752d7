"""Refunds."""

DAYS_TO_RETURN = 30


def can_refund(days: int, opened: bool) -> bool:
    """Whether an unopened article may come back after this many days."""
    return days <= DAYS_TO_RETURN and not opened


def refund_amount(paid: int, fee: int) -> int:
    """What is paid back after the fee."""
    return max(paid - fee, 0)
