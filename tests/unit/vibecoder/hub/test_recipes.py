"""The recipes of a card do what they say, carried out on nano with an adapter as it is published."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from vibecoder.adapters.folder import write_adapter
from vibecoder.hub.files import collect
from vibecoder.models import NANO
from vibecoder.types import LoraSpec


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder whose `adapter/` is what a download of the published repository gives."""
    rng = np.random.default_rng(0)
    layers = [f"model.layers.{i}.self_attn.o_proj" for i in range(4)]
    weights = {
        name: (*(rng.normal(0, 0.05, shape).astype(np.float32) for shape in ((4, 256), (256, 4))),) for name in layers
    }
    (tmp_path / "own").mkdir()
    write_adapter(tmp_path / "own", weights, LoraSpec(4, 8.0, 0.0, ("o_proj",)), str(NANO))
    (tmp_path / "adapter").mkdir()
    for path, content in collect(tmp_path / "own", "alice/companion").items():
        (tmp_path / "adapter" / path).write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    return tmp_path


def recipe(folder: Path, tool: str) -> str:
    card = (folder / "adapter" / "README.md").read_text()
    match = re.search(rf"### {tool}.*?```\w+\n(.*?)\n```", card, re.DOTALL)
    assert match
    return match[1]


def run_in(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not find_spec("peft"), reason="needs the extra cuda")
def test_peft(published: Path):
    code = (
        recipe(published, "PEFT")
        + "\nprint(sum(p.abs().sum() > 0 for n, p in model.named_parameters() if 'lora_B' in n))"
    )
    assert "tensor(4)" in run_in(published, sys.executable, "-c", code)


@pytest.mark.skipif(not find_spec("mlx_lm"), reason="needs the extra mlx")
def test_mlx(published: Path):
    code = recipe(published, "mlx-lm").replace("mlx_lm.generate", "python -m mlx_lm generate --max-tokens 4")
    assert "Generation: 4 tokens" in run_in(published, "sh", "-c", code.replace("python", sys.executable))


@pytest.mark.skipif(not find_spec("mlx_lm"), reason="needs the extra mlx")
def test_vibecoder(published: Path):
    assert run_in(published, sys.executable, "-c", recipe(published, "vibecoder"))
