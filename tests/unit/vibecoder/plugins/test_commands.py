"""Commands of plugins: listed from a cache that holds until something that plugins come from changes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from vibecoder.cli.lazy import LazyGroup
from vibecoder.errors import PluginError
from vibecoder.plugins import commands, registry
from vibecoder.plugins.commands import PluginCommand, plugin_commands

MODULE = """
from vibecoder import CommandSpec, hookimpl

@hookimpl
def vibecoder_commands():
    return [CommandSpec(name="{name}", summary="say it", target="greeter_commands:said")]
"""


def added(cache: Path) -> list[PluginCommand]:
    """The commands that are not those of our own plugins."""
    return [command for command in plugin_commands(cache) if not command.source.startswith("vibecoder_")]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages with one plugin that adds the command `hello`."""
    folder = tmp_path / "site"
    info = folder / "greeter-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greeter\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vibecoder]\ngreeter = greeter\n")
    (folder / "greeter.py").write_text(MODULE.format(name="hello"))
    (folder / "greeter_commands.py").write_text("import click\n\nsaid = click.Command('said')\n")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    monkeypatch.delitem(sys.modules, "greeter", raising=False)
    yield folder
    for name in ("greeter", "greeter_commands"):
        sys.modules.pop(name, None)


def test_commands_come_from_the_cache_until_a_plugin_changes(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache" / "commands.json"
    expected = [PluginCommand("hello", "say it", "greeter_commands:said", "greeter")]
    assert added(cache) == expected
    with monkeypatch.context() as patched:
        patched.setattr(registry, "load", lambda: pytest.fail("plugins were loaded though nothing changed"))
        assert added(cache) == expected
    (site / "greeter.py").write_text(MODULE.format(name="goodbye"))
    os.utime(site / "greeter.py", ns=(1, 1))
    sys.modules.pop("greeter")
    assert [command.name for command in added(cache)] == ["goodbye"]
    (site / "greeter-1.0.dist-info" / "entry_points.txt").unlink()
    (site / "another.py").touch()
    assert added(cache) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"times": [[3]], "commands": []}', '{"times": []}'])
def test_a_damaged_cache_is_made_anew(site: Path, tmp_path: Path, text: str) -> None:
    cache = tmp_path / "commands.json"
    cache.write_text(text)
    assert [command.name for command in added(cache)] == ["hello"]
    assert json.loads(cache.read_text())["commands"]


def test_a_cache_that_cannot_be_written_costs_nothing(site: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert [command.name for command in added(tmp_path / "file" / "commands.json")] == ["hello"]


def test_each_python_has_its_own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIBECODER_CACHE", str(tmp_path))
    here = commands.cache_file()
    monkeypatch.setattr(sys, "prefix", "/opt/another")
    assert here.parent == commands.cache_file().parent == tmp_path
    assert here != commands.cache_file()


def group(*offered: PluginCommand, broken: bool = False) -> LazyGroup:
    def more() -> tuple[PluginCommand, ...]:
        if broken:
            raise PluginError("two plugins offer the command hello: a and b; uninstall or rename one of them")
        return offered

    return LazyGroup("vibecoder", lazy={"train": ("vibecoder.cli.commands.train:train", "Train.")}, more=more)


def test_a_name_of_ours_is_reported_and_ours_is_used() -> None:
    clashing = group(PluginCommand("train", "mine", "nowhere:train", "greeter"))
    with clashing.make_context("vibecoder", ["--help"], resilient_parsing=True) as context:
        text = " ".join(clashing.get_help(context).split())
        assert "the plugin greeter offers the command train, which vibecoder has itself; rename it" in text
        assert clashing.list_commands(context) == ["train"]
        command = clashing.get_command(context, "train")
    assert command
    assert command.callback
    assert command.callback.__module__ == "vibecoder.cli.commands.train"


def test_plugins_that_cannot_be_loaded_do_not_break_help() -> None:
    broken = group(broken=True)
    with broken.make_context("vibecoder", ["--help"], resilient_parsing=True) as context:
        text = " ".join(broken.get_help(context).split())
    assert "train Train." in text
    assert "two plugins offer the command hello: a and b" in text


def test_a_command_that_cannot_be_imported_is_one_line_with_its_plugin() -> None:
    offered = group(PluginCommand("hello", "say it", "no_such_module:said", "greeter"))
    with (
        offered.make_context("vibecoder", ["--help"], resilient_parsing=True) as context,
        pytest.raises(PluginError, match="the command hello of the plugin greeter cannot be loaded: ModuleNotFound"),
    ):
        offered.get_command(context, "hello")
