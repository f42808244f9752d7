"""Layers of settings: who wins, what is refused and how it is said, and the round trip through run.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vibecoder.config import (
    Settings,
    check_stage_names,
    find_project,
    from_dict,
    load_layers,
    load_settings,
    origins,
    stage_settings,
    to_dict,
)
from vibecoder.config.profiles import Profile
from vibecoder.errors import ConfigError
from vibecoder.types import Stage

STAGE = Stage(name="tool-use", order=10, summary="", overrides={"train.epochs": 3, "train.warmup": 0.2})


def project_with(folder: Path, text: str) -> Path:
    path = folder / "vibecoder.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_those_of_the_schema() -> None:
    assert load_settings(None, None, ()) == Settings()


def test_later_layers_win(tmp_path: Path) -> None:
    profile = Profile("p", "", {"train.epochs": 2.0, "train.batch_size": 2, "lora.rank": 4})
    project = project_with(tmp_path, "train: {batch_size: 3}\nlora.rank: 5\n")
    settings = load_settings(profile, project, ["lora.rank=6", "lora.rank=7"])
    assert (settings.train.epochs, settings.train.batch_size, settings.lora.rank) == (2.0, 3, 7)


@pytest.mark.parametrize(
    ("profile", "project", "sets", "epochs", "source"),
    [
        ({}, "", [], 3.0, "stage tool-use"),
        ({"train.epochs": 2.0}, "", [], 3.0, "stage tool-use"),
        ({"stages.tool-use.train.epochs": 4.0}, "", [], 4.0, "profile p, for the stage tool-use"),
        ({"stages.full.train.epochs": 4.0}, "", [], 3.0, "stage tool-use"),
        ({"stages.tool-use.train.epochs": 4.0}, "train: {epochs: 5}", [], 5.0, "vibecoder.yaml"),
        ({}, "train: {epochs: 5}\nstages: {tool-use: {train: {epochs: 6}}}", [], 6.0, "for the stage"),
        ({}, "stages: {tool-use: {train: {epochs: 6}}}", ["train.epochs=7"], 7.0, "--set"),
        ({}, "train: {epochs: 5}", ["stages.tool-use.train.epochs=8", "train.epochs=7"], 8.0, "--set"),
    ],
)
def test_settings_of_a_stage(
    tmp_path: Path, profile: dict[str, float], project: str, sets: list[str], epochs: float, source: str
) -> None:
    layers = load_layers(Profile("p", "", profile), project_with(tmp_path, project), sets)
    settings = stage_settings(layers, STAGE)
    assert settings.train.epochs == epochs
    assert settings.train.warmup == 0.2
    assert settings.stages == {}
    value, origin = origins(layers, STAGE)["train.epochs"]
    assert value == epochs
    assert source in origin


def test_a_stage_named_with_a_dot_can_have_settings() -> None:
    layers = load_layers(None, None, ["stages.my.stage.train.epochs=2"])
    assert stage_settings(layers, Stage(name="my.stage", order=1, summary="")).train.epochs == 2.0


def test_the_run_keeps_the_settings_of_single_stages() -> None:
    settings = load_settings(None, None, ["stages.full.train.epochs=2", "stages.tool-use.train.keep=last"])
    assert settings.stages == {"full": {"train": {"epochs": 2.0}}, "tool-use": {"train": {"keep": "last"}}}


def test_settings_survive_json() -> None:
    settings = load_settings(
        None, None, ["lora.targets=[q_proj]", "train.learning_rate=3e-4", "stages.full.train.epochs=0.5"]
    )
    assert from_dict(json.loads(json.dumps(to_dict(settings)))) == settings


@pytest.mark.parametrize("text", ["1e-5", "0.00001", "1.0e-5", "'1e-5'"])
def test_a_number_may_be_written_in_any_way(tmp_path: Path, text: str) -> None:
    project = project_with(tmp_path, f"train:\n  learning_rate: {text}\n")
    assert load_settings(None, project, ()).train.learning_rate == 1e-5


def test_empty_sections_and_files_hold_nothing(tmp_path: Path) -> None:
    assert load_settings(None, project_with(tmp_path, ""), ()) == Settings()
    assert load_settings(None, project_with(tmp_path, "train:\nstages:\n  tool-use:\n"), ()) == Settings()


def test_text_is_taken_as_it_is() -> None:
    settings = load_settings(None, None, ["data.path=@odd: [name].jsonl", "model.name=123"])
    assert settings.data.path == "@odd: [name].jsonl"
    assert settings.model.name == "123"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lora: {dropuot: 0.1}", "unknown setting lora.dropuot; did you mean lora.dropout? (from "),
        ("rank: 4", "unknown setting rank; did you mean lora.rank?"),
        ("zzz: 4", "unknown setting zzz; `vibecoder config show` lists them"),
        ("stages: {tool-use: {train: {epocs: 1}}}", "did you mean stages.tool-use.train.epochs?"),
        ("stages: {tool-use: {epochs: 1}}", "did you mean stages.tool-use.train.epochs?"),
        ("stages: {tool-use: {lora: {rank: 1}}}", "unknown setting stages.tool-use.lora.rank"),
        ("stages: 3", "unknown setting stages"),
        ("train: 3", "train is a section, not a setting"),
        ("seed: {train: 3}", "unknown setting seed.train"),
        ("train: {epochs: two}", "train.epochs must be a number, not 'two' (from "),
        ("train: {epochs: true}", "train.epochs must be a number, not True"),
        ("train: {epochs: .nan}", "train.epochs must be a number, not nan"),
        ("train: {epochs: 0}", "train.epochs must be above 0, not 0"),
        ("train: {epochs: }", "train.epochs must be a number, not empty"),
        ("train: {batch_size: 1.5}", "train.batch_size must be a whole number, not 1.5"),
        ("train: {batch_size: 0}", "train.batch_size must be at least 1, not 0"),
        ("lora: {dropout: 1}", "lora.dropout must be below 1, not 1"),
        ("lora: {targets: q_proj}", "lora.targets must be a list of names such as [q_proj, v_proj], not 'q_proj'"),
        ("lora: {targets: []}", "lora.targets must be a list of names"),
        ("model: {name: 3}", "model.name must be text, not 3; quote it"),
        ("model: {quantization: 4bits}", "model.quantization cannot be '4bits'; did you mean 4bit?"),
        ("output: {tensorboard: 1}", "output.tensorboard must be true or false, not 1"),
        ("train: {epochs: 1}\ntrain: {epochs: 2}", "the key train is there twice (line 2, column 1)"),
        ("train: {epochs: 1}\ntrain.epochs: 2", "the setting train.epochs is there twice"),
        ("train: {epochs: 1", "is not valid YAML"),
        ("- a\n- b", "holds no settings"),
        ("hub: {repo: me}", "hub.repo must be USER/REPO, not 'me'"),
        ("evaluate: {max_new_tokens: 2048}", "leaves no room for a prompt in data.max_length (2048)"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(None, project_with(tmp_path, text), ())
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_error_names_the_file(tmp_path: Path) -> None:
    path = project_with(tmp_path, "lora: {dropuot: 0.1}")
    with pytest.raises(ConfigError, match="dropuot") as caught:
        load_settings(None, path, ())
    assert str(caught.value).endswith(f"(from {path})")


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("train.epochs", "--set train.epochs is no assignment"),
        ("=3", "is no assignment"),
        ("train.epochs=[1", "is not valid YAML"),
        ("train.epohcs=1", "did you mean train.epochs? (from --set)"),
        ("train.epochs=", "train.epochs must be a number, not empty"),
    ],
)
def test_a_wrong_assignment_is_refused(assignment: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(None, None, [assignment])
    assert message in str(caught.value)


def test_a_stage_may_only_set_what_a_stage_can_have() -> None:
    with pytest.raises(ConfigError, match=r"train\.\* only, not lora\.rank \(from stage x\)"):
        load_settings(None, None, (), Stage(name="x", order=1, summary="", overrides={"lora.rank": 3}))
    with pytest.raises(ConfigError, match=r"did you mean train\.epochs\? \(from stage x\)"):
        load_settings(None, None, (), Stage(name="x", order=1, summary="", overrides={"train.epoch": 3}))


def test_settings_of_a_stage_that_does_not_exist_are_refused() -> None:
    layers = load_layers(None, None, ["stages.tool_use.train.epochs=2"])
    check_stage_names(layers, ["tool_use"])
    with pytest.raises(ConfigError, match=r"did you mean tool-use\? \(from --set\)"):
        check_stage_names(layers, ["tool-use", "full"])


def test_the_project_file_is_found_where_it_is(tmp_path: Path) -> None:
    assert find_project(tmp_path) is None
    assert find_project(project_with(tmp_path, "").parent) == tmp_path / "vibecoder.yaml"


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_settings(None, tmp_path / "gone.yaml", ())
    binary = tmp_path / "vibecoder.yaml"
    binary.write_bytes(b"\xff\xfe\x00\xd8junk\x80")
    with pytest.raises(ConfigError, match="not valid YAML"):
        load_settings(None, binary, ())
