"""Prime numbers."""


def is_prime(number: int) -> bool:
    """Whether a number has exactly two divisors."""
    if number < 2:
        return False
    return all(number % divisor != 0 for divisor in range(2, int(number**0.5) + 1))


def primes_below(limit: int) -> list[int]:
    """All primes smaller than a limit."""
    return [number for number in range(limit) if is_prime(number)]
