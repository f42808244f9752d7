from shop.invoice import invoice_number, invoice_total


def test_invoice_number() -> None:
    assert invoice_number(2026, 42) == "2026-0042"


def test_invoice_total() -> None:
    assert invoice_total([(3, 2), (5, 4)]) == 26
