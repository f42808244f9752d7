from textkit.mask import mask_secret


def test_mask_secret() -> None:
    assert mask_secret("abcdef") == "**cdef"


def test_mask_short_secret() -> None:
    assert mask_secret("abc") == "abc"
