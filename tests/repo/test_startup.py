"""Start-up is a feature: `vibecoder --help` imports nothing that a command needs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = [
    "git",
    "huggingface_hub",
    "jinja2",
    "matplotlib",
    "mlx",
    "numpy",
    "peft",
    "pluggy",
    "rich",
    "tokenizers",
    "torch",
    "transformers",
    "trl",
    "yaml",
]
SCRIPT = """
import sys
from vibecoder.cli import main
try:
    main(sys.argv[1:])
except SystemExit as stop:
    assert stop.code == 0, stop.code
print("\\n".join(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the plugins' commands are remembered, as after the first `vibecoder --help`."""
    found = os.environ | {"VIBECODER_CACHE": str(tmp_path_factory.mktemp("cache"))}
    imported_by(found, "--help")
    return found


def imported_by(environment: dict[str, str], *args: str) -> set[str]:
    """Top-level modules after the command line has run with `args`."""
    command = [sys.executable, "-c", SCRIPT, *args]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("args", [("--help",), ("--version",), ("train", "--help"), ("config", "--help")])
def test_help_imports_nothing_heavy(environment: dict[str, str], args: tuple[str, ...]) -> None:
    assert imported_by(environment, *args).isdisjoint(HEAVY)


@pytest.mark.parametrize("args", [("plugins",), ("doctor",), ("config", "show")])
def test_looking_around_opens_no_backend(environment: dict[str, str], args: tuple[str, ...]) -> None:
    assert imported_by(environment, *args).isdisjoint({"mlx", "torch", "transformers", "trl", "peft", "matplotlib"})
