"""Every shipped configuration loads; default.yaml is the schema's defaults; every key of a profile has its reason."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from support import ROOT
from vibecoder.config import Settings, load_layers, load_settings, stage_settings
from vibecoder.config.files import checked, read_yaml
from vibecoder.config.keys import keys
from vibecoder.config.profiles import choose_profile, names
from vibecoder.system.machine import Machine
from vibecoder.types import Stage

CONFIGS = ROOT / "configs"
MACHINE = Machine("Linux", "x86_64", 2**34, 2)


def test_the_default_is_the_schema_in_full() -> None:
    values = checked(read_yaml(CONFIGS / "default.yaml", "default"), "default")
    assert values == {name: key.default for name, key in keys().items()}
    assert load_settings(None, None, ()) == Settings()


@pytest.mark.parametrize("name", names())
def test_a_profile_loads_for_every_stage(name: str) -> None:
    layers = load_layers(choose_profile(MACHINE, name), None, ())
    assert stage_settings(layers) != Settings()
    for stage in ("tool-use", "agentic", "full"):
        assert stage_settings(layers, Stage(name=stage, order=1, summary="")).train.epochs > 0


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_comments_are_not_lost(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert all(len(line) <= 120 for line in lines)


def test_the_2080ti_profile_holds_the_tried_values() -> None:
    settings = load_settings(choose_profile(MACHINE, "rtx-2080ti-11gb"), None, ())
    assert settings.model.quantization == "4bit"
    assert settings.model.precision == "float16"
    assert settings.data.max_length == 1408
    assert dataclasses.replace(settings.lora, targets=()) == dataclasses.replace(
        Settings().lora, rank=16, alpha=32.0, dropout=0.05, targets=()
    )
    train = settings.train
    assert (train.batch_size, train.accumulation, train.learning_rate) == (1, 24, 1e-5)
    assert (train.warmup, train.schedule, train.weight_decay) == (0.1, "cosine", 0.05)
    assert (train.evaluate_every, train.save_every, train.optimizer) == (50, 50, "paged-adamw-8bit")


def test_the_m1_profile_fits_16_gb() -> None:
    settings = load_settings(choose_profile(MACHINE, "m1-pro-16gb"), None, ())
    assert (settings.train.batch_size, settings.lora.rank) == (2, 16)
    assert settings.model.checkpointing
    assert settings.model.quantization == "4bit"


def test_the_cpu_profile_needs_no_download() -> None:
    settings = load_settings(choose_profile(MACHINE, "cpu-nano"), None, ())
    assert (settings.model.name, settings.model.quantization, settings.model.precision) == ("nano", "none", "float32")
