"""`vibecoder config`."""

from __future__ import annotations

import json
from pathlib import Path

from support.terminal import Terminal
from vibecoder import plugins
from vibecoder.config.reference import reference


def test_config_show_tells_where_a_value_comes_from(terminal: Terminal) -> None:
    Path("vibecoder.yaml").write_text("lora: {rank: 4}\nstages: {full: {train: {epochs: 3}}}\n")
    out = terminal("config", "show", "--profile", "cpu-nano", "--set", "seed=7", "--stage", "full", "--json").out
    shown = json.loads(out)
    assert shown["profile"] == "cpu-nano"
    settings = shown["settings"]
    assert settings["seed"] == {"value": 7, "from": "--set"}
    assert settings["lora.rank"] == {"value": 4, "from": "vibecoder.yaml"}
    assert settings["train.epochs"] == {"value": 3.0, "from": "vibecoder.yaml, for the stage full"}
    assert settings["model.name"] == {"value": "nano", "from": "profile cpu-nano"}
    assert settings["train.clip"] == {"value": 1.0, "from": "configs/default.yaml"}


def test_config_show_takes_keys_and_sections(terminal: Terminal) -> None:
    out = terminal("config", "show", "--profile", "cpu-nano", "hub", "seed").out
    assert [line.split()[0] for line in out.splitlines()[3:]] == ["seed", "hub.repo", "hub.private"]
    assert "did you mean seed?" in terminal("config", "show", "sede", status=2).err
    assert "did you mean full?" in terminal("config", "show", "--stage", "ful", status=2).err
    assert "did you mean full?" in terminal("config", "show", "--set", "stages.ful.train.epochs=1", status=2).err


def test_config_reference_prints_the_page(terminal: Terminal) -> None:
    assert terminal("config", "reference").out == reference(list(plugins.load().backends.values()))
