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
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| templates")]
    assert sum("not read back" in row for row in rows) == 2
    wrong = [row for row in rows if not row.endswith("| exact |")]
    assert [row.split()[1] for row in wrong] == ["llama-cpp-rwkv-world"]  # it ends a reply with an empty line
