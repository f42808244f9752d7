from textkit.version import is_newer, parse_version


def test_parse_version() -> None:
    assert parse_version("v1.20.3") == (1, 20, 3)


def test_is_newer() -> None:
    assert is_newer("1.10", "1.9")
    assert not is_newer("1.9", "1.9")
