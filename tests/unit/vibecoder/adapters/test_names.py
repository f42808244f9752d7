"""Names of layers in wrapped models: one name for all libraries, and each library's own in its file."""

from __future__ import annotations

import pytest

from vibecoder.adapters.names import layer_name, layer_names, text_layers
from vibecoder.types import LayerNames

OURS = "model.layers.3.self_attn.q_proj"


@pytest.mark.parametrize(
    "theirs",
    [
        OURS,
        "language_model.model.layers.3.self_attn.q_proj",
        "model.language_model.layers.3.self_attn.q_proj",
        "language_model.layers.3.self_attn.q_proj",
    ],
)
def test_a_wrapper_is_left_out_of_a_name(theirs: str) -> None:
    assert layer_name(theirs) == OURS


def test_layers_of_eyes_are_no_text_layers() -> None:
    names = ["model.vision_tower.layers.0.self_attn.q_proj", "model.language_model.layers.3.self_attn.q_proj"]
    assert text_layers(names) == {OURS: names[1]}
    assert text_layers(["transformer.h.0.attn", OURS]) == {"transformer.h.0.attn": "transformer.h.0.attn", OURS: OURS}


def test_models_without_a_wrapper_have_one_name() -> None:
    assert layer_names({"model_type": "qwen2"}) == LayerNames("model.", "model.")
    assert layer_names({"model_type": "gemma3_text", "text_config": None}) == LayerNames()


def test_transformers_has_the_wrapped_classes_that_are_listed() -> None:
    """The list of `AutoModelForCausalLM` classes without a wrapper is that of the installed transformers."""
    from transformers import CONFIG_MAPPING
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as CLASSES

    for kind, name in CLASSES.items():
        if "text_config" in getattr(CONFIG_MAPPING[kind], "sub_configs", {}):
            bare = layer_names({"model_type": kind, "text_config": {}}).peft == "model."
            inner = ("_assistant", "fuyu")
            assert bare == name.endswith("ForCausalLM") or kind.endswith(inner), (kind, name)


def test_mlx_lm_has_the_wrapped_models_that_are_listed() -> None:
    """Which part of mlx-lm's model holds the text model, read from its sources."""
    from importlib.util import find_spec
    from pathlib import Path

    origin = find_spec("mlx_lm")
    assert origin is not None
    assert origin.submodule_search_locations
    models = Path(origin.submodule_search_locations[0]) / "models"
    outside = {file.stem for file in models.glob("*.py") if "return self.language_model" in file.read_text()} - {
        "gemma3n"
    }
    assert {"gemma3", "qwen3_5", "mistral3", "llama4", "lfm2-vl"} <= outside
    for kind in outside:
        assert layer_names({"model_type": kind, "text_config": {}}).mlx == "language_model.model.", kind
    assert layer_names({"model_type": "gemma3n", "text_config": {}}).mlx == "model.language_model."
