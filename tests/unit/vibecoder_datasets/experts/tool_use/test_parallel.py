"""Only calls that commute are made at once."""

from __future__ import annotations

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.experts.tool_use.parallel import commute
from vibecoder_datasets.material.session import Call


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([("edit_file", {"path": "shop/cart.py", "old": "-= 1", "new": "-= 2"}),
          ("write_file", {"path": "a.txt", "content": "x"})], True),
        ([("read_file", {"path": "shop/cart.py"}), ("definition", {"name": "clamp"})], True),
        ([("edit_file", {"path": "shop/cart.py", "old": "-= 1", "new": "-= 2"}),
          ("read_file", {"path": "shop/cart.py"})], False),
        ([("write_file", {"path": "a.txt", "content": "x"}), ("write_file", {"path": "a.txt", "content": "y"})], False),
        ([("write_file", {"path": "a.txt", "content": "x"}), ("read_file", {"path": "shop/cart.py"}),
          ("list_files", {"path": "."})], False),
    ],
)  # fmt: skip
def test_only_what_commutes_is_said_to(samples: Workspace, calls: list[Call], expected: bool) -> None:
    samples.reset()
    results = [run_tool(samples, *call) for call in calls]
    assert commute(samples, calls, results) is expected
