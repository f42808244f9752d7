"""Digits of numbers."""


def digit_sum(number: int) -> int:
    """The sum of the decimal digits."""
    return sum(int(digit) for digit in str(abs(number)))


def reverse_digits(number: int) -> int:
    """The number read backwards, with its sign."""
    sign = -1 if number < 0 else 1
    return sign * int(str(abs(number))[::-1])
