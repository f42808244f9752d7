"""docs/configuration.md is what the schema generates, and says something about every setting."""

from __future__ import annotations

from support import ROOT
from vibecoder.config.keys import keys
from vibecoder.config.reference import reference


def test_the_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == reference(), "run: make docs"


def test_every_setting_is_documented() -> None:
    for name, key in keys().items():
        assert f"| `{name}` |" in reference()
        assert key.doc.endswith(".")
