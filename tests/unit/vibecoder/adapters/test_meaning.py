"""What PEFT's configurations mean: scales as PEFT computes them, layers that it reaches, methods that are refused."""

from __future__ import annotations

from typing import Any

import pytest
from peft import LoraConfig
from peft.tuners.tuners_utils import check_target_module_exists
from torch import nn

from vibecoder.adapters.meaning import layer_scale, refuse_other_methods, refuse_unreached
from vibecoder.errors import ModelError

LAYERS = [f"model.layers.{i}.{part}" for i in (0, 1, 11) for part in ("self_attn.q_proj", "mlp.down_proj")]


class Block(nn.Module):
    """Two linear layers under the names that models give them."""

    def __init__(self) -> None:
        super().__init__()
        self.self_attn = nn.ModuleDict({"q_proj": nn.Linear(8, 8)})
        self.mlp = nn.ModuleDict({"down_proj": nn.Linear(8, 8)})


@pytest.mark.parametrize(
    "config",
    [
        {"r": 4, "lora_alpha": 8},
        {"r": 4, "lora_alpha": 8, "use_rslora": True},
        {"r": 4, "lora_alpha": 8, "rank_pattern": {"q_proj": 2}},
        {"r": 4, "lora_alpha": 8, "alpha_pattern": {"down_proj": 3}, "use_rslora": True, "rank_pattern": {"mlp.*": 6}},
        {"r": 4, "lora_alpha": 8, "alpha_pattern": {r"layers\.1\.self_attn\.q_proj": 3, "q_proj": 7}},
        {"r": 4, "lora_alpha": 8, "alpha_pattern": {"^model.layers.0.mlp.down_proj": 5}},
    ],
)
def test_scales_are_those_of_peft(config: dict[str, Any]) -> None:
    from peft import get_peft_model

    model = nn.ModuleDict({"model": nn.ModuleDict({"layers": nn.ModuleList([Block(), Block()])})})
    adapted = get_peft_model(model, LoraConfig(target_modules=["q_proj", "down_proj"], **config))
    checked = 0
    for name, module in adapted.base_model.model.named_modules():
        if hasattr(module, "lora_A") and module.lora_A:
            rank = module.lora_A["default"].weight.shape[0]
            assert layer_scale(config, name, rank) == pytest.approx(module.scaling["default"]), name
            checked += 1
    assert checked == 4


def test_a_rank_that_the_matrices_do_not_have_is_refused() -> None:
    with pytest.raises(ModelError, match=r"has rank 4 where adapter_config\.json says 8"):
        layer_scale({"r": 8, "lora_alpha": 8}, LAYERS[0], 4)


@pytest.mark.parametrize(
    "config",
    [
        {"target_modules": ["q_proj"]},
        {"target_modules": ["q_proj", "model.layers.1.mlp.down_proj"]},
        {"target_modules": r".*\.(0|11)\..*_proj"},
        {"target_modules": ["q_proj", "down_proj"], "layers_to_transform": 1},
        {"target_modules": ["q_proj", "down_proj"], "layers_to_transform": [0, 11], "layers_pattern": "layers"},
        {"target_modules": ["q_proj", "down_proj"], "layers_to_transform": [0], "layers_pattern": ["h", "layers"]},
        {"target_modules": ["q_proj", "down_proj"], "exclude_modules": ["down_proj"]},
        {"target_modules": ["q_proj", "down_proj"], "exclude_modules": r".*layers\.11.*"},
        {"target_modules": r".*q_proj", "layers_to_transform": None},
    ],
)
def test_layers_are_reached_as_by_peft(config: dict[str, Any]) -> None:
    lora = LoraConfig(**config)
    reached = [bool(check_target_module_exists(lora, layer)) for layer in LAYERS]
    assert any(reached)
    assert not all(reached)
    for layer, expected in zip(LAYERS, reached, strict=True):
        if expected:
            refuse_unreached(config, [layer], "it")
        else:
            with pytest.raises(ModelError, match="leave out; the two files do not match"):
                refuse_unreached(config, [layer], "it")


@pytest.mark.parametrize(
    "init", ["pissa", "pissa_niter_16", "olora", "loftq", "corda", "lora_ga", "mica", "unheard-of"]
)
def test_what_changes_the_base_is_refused(init: str) -> None:
    with pytest.raises(ModelError, match=f"init_lora_weights={init}, which changes the base model"):
        refuse_other_methods({"init_lora_weights": init}, "it")


@pytest.mark.parametrize("init", [True, False, "gaussian", "eva", "orthogonal"])
def test_what_leaves_the_base_as_it_is_is_read(init: object) -> None:
    refuse_other_methods({"init_lora_weights": init}, "it")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("use_dora", True), ("modules_to_save", ["lm_head"]), ("bias", "lora_only"), ("lora_bias", True),
        ("target_parameters", ["mlp.experts.gate_up_proj"]), ("trainable_token_indices", [5]),
        ("layer_replication", [[0, 2]]), ("fan_in_fan_out", True), ("use_qalora", True), ("use_bdlora", {"nblocks": 2}),
        ("alora_invocation_tokens", [3]), ("megatron_config", {"a": 1}), ("some_new_key", 1),
    ],
)  # fmt: skip
def test_more_than_two_matrices_is_refused(key: str, value: object) -> None:
    with pytest.raises(ModelError, match=f"uses {key}; only LoRA on linear layers"):
        refuse_other_methods({key: value}, "it")


def test_a_configuration_as_peft_writes_it_is_read() -> None:
    config = LoraConfig(target_modules=["q_proj"], task_type="CAUSAL_LM").to_dict()
    refuse_other_methods(config | {"peft_type": "LORA"}, "it")
