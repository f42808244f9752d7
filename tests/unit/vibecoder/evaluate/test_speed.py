"""Bench: real generation on both backends, and what it says of configurations that cannot be measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.jobs import Trained
from vibecoder.cli import main
from vibecoder.errors import BackendError
from vibecoder.evaluate.speed import BenchRequest, bench, measure
from vibecoder.models import NANO
from vibecoder.types import Backend


def test_figures_are_of_the_tokens_that_were_generated(backend: Backend) -> None:
    first, rate = measure(backend, [5, 6, 7, 8], None, 6, 1)
    assert first > 0
    assert rate > 0
    assert backend.peak_memory() > 1_000_000


def test_a_quantization_is_measured_length_by_length_with_an_adapter(trained: dict[str, Trained]) -> None:
    order = BenchRequest("mlx", NANO, trained["mlx"].adapter, ("none",), (40, 8, 40), 4, "float32", repeats=1)
    found = list(bench(order))
    assert [(one.quantization, one.length, one.problem) for one in found] == [("none", 8, ""), ("none", 40, "")]
    assert all(one.first_token > 0 and one.rate > 0 and one.peak_memory > 0 for one in found)
    assert found[0].peak_memory <= found[1].peak_memory
    assert found[1].prompt_rate == pytest.approx(40 / found[1].first_token)


def test_what_cannot_be_opened_is_a_line_and_costs_no_other(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "none"}')
    (one,) = bench(BenchRequest("mlx", tmp_path, None, ("none",), (8, 16), 4, "float32", 1))
    assert one.problem
    assert one.rate == 0


def test_a_reply_that_ends_early_is_no_measurement(backend: Backend) -> None:
    class Short:
        def generate(
            self, prompts: Sequence[Sequence[int]], adapter: Path | None, max_new_tokens: int, stop: Sequence[int]
        ) -> list[list[int]]:
            return [row[:-1] for row in backend.generate(prompts, adapter, max_new_tokens, stop)]

    with pytest.raises(BackendError, match="gave 0 of 1 tokens"):
        measure(Short(), [5, 6, 7], None, 4, 1)  # type: ignore[arg-type]


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["bench", "--model", "nano", "--backend", "mlx", "--length", "8", "--tokens", "3", "--repeats", "1"]
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--json"])
    shown = json.loads(capsys.readouterr().out)
    assert stopped.value.code == 0
    assert (shown["model"], shown["backend"], shown["new_tokens"]) == ("nano", "mlx", 3)
    assert [one["length"] for one in shown["measured"]] == [8]
