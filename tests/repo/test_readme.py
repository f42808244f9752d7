"""README.md: its tree is the one on disk, with a phrase for every file, and its links, commands and images exist."""

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
)


def _tree_script() -> Any:
    spec = importlib.util.spec_from_file_location("readme_tree", ROOT / "scripts" / "tree.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _listed() -> dict[str, str]:
    """Path -> phrase, read back from the tree's indentation."""
    script = _tree_script()
    text = README.partition(script.BEGIN)[2].partition(script.END)[0].strip().strip("`").strip("\n")
    found, parents = {}, []
    for line in text.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name, _, phrase = line.strip().partition(" ")
        parents = [*parents[:depth], name.rstrip("/")]
        found["/".join(parents)] = phrase.strip()
    return found


def test_the_tree_is_up_to_date() -> None:
    assert _tree_script().tree() in README, "run: python scripts/tree.py"


def test_every_path_exists_and_has_a_phrase() -> None:
    listed = _listed()
    assert len(listed) > 60
    assert not [path for path in listed if not (ROOT / path).exists()]
    assert not [path for path, phrase in listed.items() if not phrase]


def test_every_module_is_listed() -> None:
    listed = _listed()
    whole = _tree_script().WHOLE
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if not any(name.startswith(f"{folder}/") for folder in whole):
                assert name in listed or (path.name == "__init__.py" and name.removesuffix("/__init__.py") in listed)


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
