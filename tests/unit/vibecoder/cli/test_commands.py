"""`config`, `plugins`, `completion` and the options of `train`, through the command line."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import click
import pytest

from vibecoder import plugins
from vibecoder.cli import cli, main
from vibecoder.config.reference import reference


class Shell:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *args: str, status: int = 0) -> str:
        with pytest.raises(SystemExit) as stopped:
            main(args)
        out, err = self.capsys.readouterr()
        assert stopped.value.code == status, err
        return out if status == 0 else err


@pytest.fixture
def vibecoder_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(capsys)


def test_config_show_tells_where_a_value_comes_from(vibecoder_: Shell) -> None:
    Path("vibecoder.yaml").write_text("lora: {rank: 4}\nstages: {full: {train: {epochs: 3}}}\n")
    out = vibecoder_("config", "show", "--profile", "cpu-nano", "--set", "seed=7", "--stage", "full", "--json")
    shown = json.loads(out)
    assert shown["profile"] == "cpu-nano"
    settings = shown["settings"]
    assert settings["seed"] == {"value": 7, "from": "--set"}
    assert settings["lora.rank"] == {"value": 4, "from": "vibecoder.yaml"}
    assert settings["train.epochs"] == {"value": 3.0, "from": "vibecoder.yaml, for the stage full"}
    assert settings["model.name"] == {"value": "nano", "from": "profile cpu-nano"}
    assert settings["train.clip"] == {"value": 1.0, "from": "configs/default.yaml"}


def test_config_show_takes_keys_and_sections(vibecoder_: Shell) -> None:
    out = vibecoder_("config", "show", "--profile", "cpu-nano", "hub", "seed")
    assert [line.split()[0] for line in out.splitlines()[3:]] == ["seed", "hub.repo", "hub.private"]
    assert "did you mean seed?" in vibecoder_("config", "show", "sede", status=2)
    assert "did you mean full?" in vibecoder_("config", "show", "--stage", "ful", status=2)
    assert "did you mean full?" in vibecoder_("config", "show", "--set", "stages.ful.train.epochs=1", status=2)


def test_config_reference_prints_the_page(vibecoder_: Shell) -> None:
    assert vibecoder_("config", "reference") == reference(list(plugins.load().backends.values()))


def test_plugins_lists_what_there_is(vibecoder_: Shell) -> None:
    listed = json.loads(vibecoder_("plugins", "--json"))
    rows = {(row["kind"], row["name"]): row["plugin"] for row in listed["registered"]}
    assert rows["stages", "tool-use"] == "vibecoder_stages"
    assert rows["backends", "mlx"] == "vibecoder_mlx"
    assert "tool-use" in vibecoder_("plugins")


def test_plugins_tells_what_is_broken(vibecoder_: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = metadata.EntryPoint("mine", "no_such_module_anywhere", "vibecoder")
    monkeypatch.setattr("vibecoder.plugins.registry.entry_points", lambda group: [entry])
    reason = "ModuleNotFoundError: No module named 'no_such_module_anywhere'"
    listed = json.loads(vibecoder_("plugins", "--json"))
    assert listed["broken"] == [{"plugin": "mine", "source": "no_such_module_anywhere", "reason": reason}]
    assert f"mine (no_such_module_anywhere): {reason}" in " ".join(vibecoder_("plugins").split())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(vibecoder_: Shell, shell: str) -> None:
    assert "_VIBECODER_COMPLETE" in vibecoder_("completion", shell)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("vibecoder tr", "train"),
        ("vibecoder train --stage to", "tool-use"),
        ("vibecoder train --stage agentic,f", "agentic,full"),
        ("vibecoder train --backend m", "mlx"),
        ("vibecoder train --profile cpu", "cpu-nano"),
    ],
)
def test_words_are_completed(vibecoder_: Shell, monkeypatch: pytest.MonkeyPatch, words: str, found: str) -> None:
    monkeypatch.setenv("_VIBECODER_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    assert f"plain,{found}" in vibecoder_().splitlines()


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--stage", "full"], "--stage"),
        (["--set", "train.epochs=1"], "--set"),
        (["--dry-run"], "--dry-run"),
        (["--seed", "0"], "--seed"),
        (["--model", "nano"], "--model"),
    ],
)
def test_resuming_takes_no_new_settings(vibecoder_: Shell, args: list[str], named: str) -> None:
    assert f"drop {named} (see" in vibecoder_("train", "--resume", *args, status=2)


def test_no_two_parameters_of_a_command_share_a_name() -> None:
    """click only warns, and one value then takes the place of the other."""
    checked = []

    def check(command: click.Command, name: str) -> None:
        names = [parameter.name for parameter in command.params]
        assert len(names) == len(set(names)), f"{name}: {names}"
        checked.append(name)
        if isinstance(command, click.Group):
            context = click.Context(command)
            for own in command.list_commands(context):
                inner = command.get_command(context, own)
                assert inner is not None
                check(inner, f"{name} {own}")

    check(cli, "vibecoder")
    assert "vibecoder data from-bugs" in checked
