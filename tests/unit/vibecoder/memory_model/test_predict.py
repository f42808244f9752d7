"""Predicting memory from a config alone, and refusing with settings that really make a run fit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from support.model_configs import CODER_3B
from vibecoder import memory_model, plugins
from vibecoder.config import load_layers, profiles, stage_settings
from vibecoder.config.schema import Settings
from vibecoder.doctor import diagnose
from vibecoder.errors import ConfigError
from vibecoder.system.machine import GIB, Gpu, Machine

MAC = Machine("Darwin", "arm64", 16 * GIB, 10, "Apple M1 Pro")
SMALL_MAC = Machine("Darwin", "arm64", 8 * GIB, 8, "Apple M2")
CARD = Machine("Linux", "x86_64", 64 * GIB, 16, gpus=(Gpu("RTX 2080 Ti", 11 * GIB, (7, 5)),))


def settings(machine: Machine, profile: str, *sets: str) -> Settings:
    return stage_settings(load_layers(profiles.choose_profile(machine, profile), None, sets))


def fitted(machine: Machine, backend: str, chosen: Settings, config: dict[str, Any] | None = None) -> memory_model.Fit:
    model = plugins.load().backend(backend).memory
    assert model is not None
    return memory_model.fit_full_rows(model, machine, chosen, config or CODER_3B)


@pytest.mark.parametrize(
    ("machine", "profile", "backend"), [(MAC, "m1-pro-16gb", "mlx"), (CARD, "rtx-2080ti-11gb", "cuda")]
)
def test_the_profiles_fit_the_machines_they_are_for(machine: Machine, profile: str, backend: str) -> None:
    found = fitted(machine, backend, settings(machine, profile))
    assert found.fits
    assert found.prediction.total < found.budget.bytes < max(machine.memory if machine.apple else 0, 11 * GIB)


@pytest.mark.parametrize(
    ("machine", "profile", "backend", "sets"),
    [
        (MAC, "m1-pro-16gb", "mlx", ["model.checkpointing=false"]),
        (CARD, "rtx-2080ti-11gb", "cuda", ["model.checkpointing=false"]),
        (SMALL_MAC, "m1-pro-16gb", "mlx", ["model.quantization=none"]),
        (SMALL_MAC, "m1-pro-16gb", "mlx", ["model.quantization=none", "model.checkpointing=false"]),
    ],
)
def test_every_setting_of_a_refusal_makes_it_fit(machine: Machine, profile: str, backend: str, sets: list[str]) -> None:
    with pytest.raises(ConfigError, match="make it fit by") as refusal:
        fitted(machine, backend, settings(machine, profile, *sets))
    message = str(refusal.value)
    cures = [re.findall(r"--set (\S+)", part) for part in message.split("make it fit by ")[1].split("; or ")]
    assert cures
    assert all(cures)
    for cure in cures:
        assert fitted(machine, backend, settings(machine, profile, *sets, *cure)).fits, cure


def test_a_hopeless_model_is_refused_by_name() -> None:
    huge = CODER_3B | {"num_hidden_layers": 100, "hidden_size": 16384, "intermediate_size": 53248}
    with pytest.raises(ConfigError, match=r"training Qwen/\S+ takes .*: choose a smaller --model"):
        fitted(MAC, "mlx", settings(MAC, "m1-pro-16gb"), huge)


def test_a_limit_set_for_metal_counts() -> None:
    raised = Machine("Darwin", "arm64", 16 * GIB, 10, "Apple M1 Pro", wired_limit=14 * GIB)
    model = plugins.load().backend("mlx").memory
    assert model is not None
    assert memory_model.budget_of(raised, model).bytes == 14 * GIB
    assert memory_model.budget_of(MAC, model).bytes < 11 * GIB


def test_the_doctor_predicts_from_a_config_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "only-a-config"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CODER_3B | {"num_hidden_layers": 2, "vocab_size": 512}))
    (finding,) = [each for each in diagnose("cpu-nano", model=str(folder)).findings if each.topic == "memory"]
    assert finding.status == "ok"
    assert "tokens at once" in finding.text
    (folder / "config.json").write_text(json.dumps(CODER_3B | {"num_hidden_layers": 4000}))
    (finding,) = [each for each in diagnose("cpu-nano", model=str(folder)).findings if each.topic == "memory"]
    assert finding.status == "bad"
    assert "smaller --model" in finding.text
