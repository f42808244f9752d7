"""docs/plugins.md: its signatures are the types' own, and each of its examples registers what it shows."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest

from support import ROOT
from vibecoder import hookspecs, plugins

PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
HOOKS = [name for name in hookspecs.__all__ if name.startswith("vibecoder_")]


def test_the_signatures_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("plugins_page", ROOT / "scripts" / "plugins_page.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.signatures() in PAGE, "run: python scripts/plugins_page.py"


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_has_an_example_that_works(hook: str) -> None:
    section = re.search(rf"^### [^\n]*`{hook}`\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE)
    assert section, hook
    (code,) = re.findall(r"```python\n(.*?)```", section[1], re.DOTALL)
    module = ModuleType("example")
    exec(compile(code, hook, "exec"), module.__dict__)
    registry = plugins.load(module, installed=False)
    assert registry.broken == ()
    assert len(getattr(registry, hook.removeprefix("vibecoder_"))) == 1
