"""What the chosen backend lacks is refused before anything is made or opened, in one line with the fix."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.installed import install
from vibecoder import plugins
from vibecoder.cli import main

PREFER = '''
"""A stage with an objective of its own, and a backend that has only that one and nothing else."""

from dataclasses import dataclass

from vibecoder.hookspecs import hookimpl
from vibecoder.types import BackendSpec, Stage


@dataclass(frozen=True)
class Dpo:
    beta: float = 0.1
    name: str = "dpo"


def spec(name, objectives):
    return BackendSpec(
        name=name, summary=name, objectives=objectives, optimizers=("lion",), unusable=lambda: None, open=open
    )


@hookimpl
def vibecoder_stages():
    return [Stage(name="prefer", order=50, summary="pairs", objective=Dpo())]


@hookimpl
def vibecoder_backends():
    return [spec("pairs", ("dpo",)), spec("bare", ("sft",))]
'''
Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Plan with the plugin installed, in an empty folder; the one line that `vibecoder train` refuses with."""
    monkeypatch.syspath_prepend(install(tmp_path / "site", "vibecoder_prefer", PREFER))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as stopped:
            main(["train", "--profile", "cpu-nano", "--dry-run", *arguments])
        said = capsys.readouterr()
        assert stopped.value.code == 2, said.out
        assert not said.out
        assert said.err.count("\n") == 1
        return said.err.removeprefix("error: ").strip()

    yield run
    sys.modules.pop("vibecoder_prefer", None)


@pytest.mark.parametrize("backend", ["mlx", "cuda"])
def test_a_stage_whose_objective_the_backend_lacks(refused: Refused, backend: str) -> None:
    assert refused("--backend", backend, "--stage", "prefer") == (
        f"stage prefer asks for the objective dpo; the backend {backend} has sft; "
        "use --backend pairs or --stage without it"
    )
    assert "stage prefer asks for" in refused("--backend", backend), "it is part of --stage all"


def test_a_backend_without_the_built_in_objective(refused: Refused) -> None:
    said = refused("--backend", "pairs", "--stage", "full")
    assert said == (
        "stage full asks for the objective sft; the backend pairs has dpo; "
        "use --backend cuda or --backend mlx or --backend bare or --stage without it"
    )


def test_a_setting_that_the_backend_lacks(refused: Refused) -> None:
    full = ("--stage", "full")
    assert refused(*full, "--backend", "mlx", "--set", "train.optimizer=paged-adamw-8bit") == (
        "train.optimizer is paged-adamw-8bit; the backend mlx has adamw; "
        "use --backend cuda or --set train.optimizer=adamw"
    )
    bare = (*full, "--backend", "bare", "--set", "model.precision=auto")
    assert refused(*bare).startswith("train.optimizer is adamw; the backend bare has lion; use --backend cuda or")
    assert refused(*bare, "--set", "model.quantization=4bit") == (
        "model.quantization is 4bit; the backend bare has none; "
        "use --backend cuda or --backend mlx or --set model.quantization=none"
    )
    assert refused(*bare, "--set", "model.checkpointing=true").startswith(
        "model.checkpointing is true; the backend bare has false; use --backend cuda"
    )
    assert refused(*full, "--backend", "bare", "--set", "model.precision=float32").startswith(
        "model.precision is float32; the backend bare has auto"
    )


def test_a_stage_s_own_setting_is_looked_at_too(refused: Refused) -> None:
    own = "stages.full.train.optimizer=adamw-8bit"
    assert "train.optimizer is adamw-8bit; the backend mlx has adamw" in refused("--backend", "mlx", "--set", own)


@pytest.mark.parametrize(
    ("key", "stored"), [("quantization", {"bits": 4}), ("quantization_config", {"load_in_4bit": True})]
)
def test_weights_that_are_quantized_otherwise(
    refused: Refused, tmp_path: Path, key: str, stored: dict[str, object]
) -> None:
    model = tmp_path / "stored"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({key: stored}))
    said = refused("--stage", "full", "--model", str(model), "--set", "model.quantization=8bit")
    assert said.startswith(f"model.quantization is 8bit, but the weights of {model} are stored as 4bit; use --set")


def test_an_objective_without_a_name_is_a_broken_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = PREFER.replace("objective=Dpo()", 'objective="dpo"')
    monkeypatch.syspath_prepend(install(tmp_path, "vibecoder_unnamed", source))
    (broken,) = [item for item in plugins.load().broken if item.name == "vibecoder_unnamed"]
    assert broken.reason == "TypeError: stage prefer: objective must be an object such as SFT(), not 'dpo'"
    sys.modules.pop("vibecoder_unnamed", None)
