"""Predicting memory from a config alone, and refusing with settings that really make a run fit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from vibecoder import memory_model, plugins
from vibecoder.config import load_layers, profiles, stage_settings
from vibecoder.config.schema import Settings
from vibecoder.doctor import diagnose
from vibecoder.errors import ConfigError, ModelError
from vibecoder.memory_model.dimensions import layer_weights, lora_parameters, small_weights, table_weights
from vibecoder.system.machine import GIB, Gpu, Machine
from vibecoder.types import LoraSpec

CODER_3B = {
    "model_type": "qwen2",
    "hidden_size": 2048,
    "intermediate_size": 11008,
    "num_attention_heads": 16,
    "num_hidden_layers": 36,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
    "vocab_size": 151_936,
}
MAC = Machine("Darwin", "arm64", 16 * GIB, 10, "Apple M1 Pro")
SMALL_MAC = Machine("Darwin", "arm64", 8 * GIB, 8, "Apple M2")
CARD = Machine("Linux", "x86_64", 64 * GIB, 16, gpus=(Gpu("RTX 2080 Ti", 11 * GIB, (7, 5)),))


def settings(machine: Machine, profile: str, *sets: str) -> Settings:
    return stage_settings(load_layers(profiles.choose(machine, profile), None, sets))


def fitted(machine: Machine, backend: str, chosen: Settings, config: dict[str, Any] | None = None) -> memory_model.Fit:
    model = plugins.load().backend(backend).memory
    assert model is not None
    return memory_model.fit_full_rows(model, machine, chosen, config or CODER_3B)


def test_parameters_are_those_of_the_published_model() -> None:
    """Qwen2.5-Coder-3B has 3,085,938,688 by its model card's safetensors index, and 29,933,568 in an adapter of 16."""
    sizes = memory_model.dimensions_of(CODER_3B)
    assert layer_weights(sizes) + table_weights(sizes) + small_weights(sizes) == 3_085_938_688
    targets = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    assert lora_parameters(sizes, LoraSpec(16, 32, 0.0, targets)) == 29_933_568


def test_configs_in_other_words_are_understood() -> None:
    old = memory_model.dimensions_of({"n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 100})
    assert (old.hidden, old.layers, old.kv_heads, old.ff) == (64, 2, 4, 256)
    seeing = memory_model.dimensions_of({"text_config": CODER_3B, "vision_config": {"hidden_size": 1}})
    assert seeing.hidden == 2048
    experts = memory_model.dimensions_of(
        CODER_3B | {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 512}
    )
    assert (experts.experts, experts.experts_used, experts.ff) == (8, 2, 512)
    with pytest.raises(ModelError, match="has no hidden_size, vocab_size"):
        memory_model.dimensions_of({"num_hidden_layers": 2, "num_attention_heads": 2})


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
