"""Invoices."""


def invoice_number(year: int, count: int) -> str:
    """A number such as `2026-0042`."""
    return f"{year}-{count:04d}"


def invoice_total(lines: list[tuple[int, int]]) -> int:
    """The sum of price times count over all lines."""
    return sum(price * count for price, count in lines)
