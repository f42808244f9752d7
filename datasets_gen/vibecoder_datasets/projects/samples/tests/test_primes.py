from numkit.primes import is_prime, primes_below


def test_is_prime() -> None:
    assert is_prime(2)
    assert not is_prime(1)
    assert not is_prime(9)


def test_primes_below() -> None:
    assert primes_below(12) == [2, 3, 5, 7, 11]
    assert primes_below(11) == [2, 3, 5, 7]
