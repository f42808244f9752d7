"""README.md and docs/map.md: the map is the tree on disk with a phrase for every file; links and commands exist."""

from __future__ import annotations

import importlib.util
import re
import shlex
from typing import Any

import click
import pytest

from support import ROOT
from vibecoder.cli import cli

README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGES = (
    "vibecoder",
    "backends/vibecoder_mlx",
    "backends/vibecoder_cuda",
    "stages/vibecoder_stages",
    "datasets_gen/vibecoder_datasets",
    "services/vibecoder_serve",
)


LONGEST_README = 110


def _map_script() -> Any:
    spec = importlib.util.spec_from_file_location("map_script", ROOT / "scripts" / "map.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_map_and_the_table_of_packages_are_up_to_date() -> None:
    script = _map_script()
    assert script.page() == script.PAGE.read_text(encoding="utf-8"), "run: python scripts/map.py"
    assert script.packages() in README, "run: python scripts/map.py"


def test_every_module_is_on_the_map_with_a_phrase() -> None:
    script = _map_script()
    phrases = dict(re.findall(r"^- \[[^]]+\]\(\.\./([^)]+)\): (.*)$", script.page(), re.MULTILINE))
    assert not [name for name, phrase in phrases.items() if not phrase]
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if path.name != "__init__.py" and not any(name.startswith(f"{folder}/") for folder in script.WHOLE):
                assert name in phrases


def test_the_readme_fits_two_screens() -> None:
    assert len(README.splitlines()) <= LONGEST_README


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))])
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), f"{page} links to {target}"


def test_the_commands_it_shows_are_real() -> None:
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    shown = re.findall(r"^(vibecoder .*?)(?:\s+#.*)?$", blocks, re.MULTILINE)
    assert len(shown) >= 6
    for line in shown:
        _, name, *args = shlex.split(line)
        command = cli.get_command(click.Context(cli), name)
        assert command is not None, line
        with command.make_context(name, args):
            pass


def test_make_has_the_targets_it_shows() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert f"\n{target}:" in makefile
