"""docs/templates.md says of every template what it does now."""

from __future__ import annotations

import importlib.util

import pytest

from support import ROOT

pytest.importorskip("trl")


def test_the_page_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("templates_page", ROOT / "scripts" / "templates_page.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text(encoding="utf-8")
    assert page == script.page(), "run: python scripts/templates_page.py"
    assert "not read back" not in page
    assert all(line.endswith("| exact |") for line in page.splitlines()[20:] if line.startswith("| "))
