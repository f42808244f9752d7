from textkit.quote import unquote


def test_unquote() -> None:
    assert unquote('"ab"') == "ab"
    assert unquote('""') == ""


def test_unquote_keeps_others() -> None:
    assert unquote('"ab') == '"ab'
    assert unquote('"') == '"'
