"""docs/dataset.md: its counts are the plan's, and the benchmark can put its figures there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from support import ROOT
from vibecoder_datasets import CATEGORIES

PAGE = ROOT / "docs" / "dataset.md"


@pytest.fixture(scope="module")
def benchmark() -> Any:
    spec = importlib.util.spec_from_file_location("dataset_quality", ROOT / "benchmarks" / "dataset_quality.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_and_the_benchmark_know_the_plan(benchmark: Any) -> None:
    told = {
        name: int(count) for name, count in re.findall(r"^\| ([a-z-]+) \| (\d+) \|", PAGE.read_text(), re.MULTILINE)
    }
    plan = {name: part if isinstance(part, int) else sum(part.values()) for name, part in benchmark.PLAN.items()}
    assert told == plan == {spec.category: spec.default_count for spec in CATEGORIES}
    assert sum(plan.values()) == 2525


def test_figures_are_put_between_the_marks(benchmark: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text())
    benchmark.put(page, "| new |")
    text = page.read_text()
    assert f"{benchmark.BEGIN}\n\n| new |\n\n{benchmark.END}" in text
    assert text.partition(benchmark.BEGIN)[0] == PAGE.read_text().partition(benchmark.BEGIN)[0]
    page.write_text("no marks")
    with pytest.raises(SystemExit, match="lacks the lines"):
        benchmark.put(page, "| new |")
