"""The wheel holds what a user needs without the source tree: configurations, the embedded model, every plugin."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the backend that pyproject.toml names."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_everything(wheel: Path) -> None:
    files = zipfile.ZipFile(wheel).namelist()
    for config in (ROOT / "configs").iterdir():
        assert f"vibecoder/configs/{config.name}" in files
    for name in ("config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"):
        assert f"vibecoder/nano/{name}" in files
    for suite in ("static", "canary", "regression", "identity"):
        assert f"vibecoder/evaluate/suites/data/{suite}.yaml" in files
    assert "vibecoder/reporting/templates/report.html" in files
    assert "vibecoder_datasets/projects/unfit_tests.txt" in files
    assert "vibecoder/py.typed" in files
    assert "vibecoder/export/colab.ipynb" in files
    for rows in ("curriculum", "starter"):
        assert f"vibecoder_datasets/shipped/{rows}.jsonl.xz" in files
    for package in ("vibecoder_mlx", "vibecoder_cuda", "vibecoder_stages", "vibecoder_datasets", "vibecoder_serve"):
        assert f"{package}/__init__.py" in files
    entry_points = next(name for name in files if name.endswith("entry_points.txt"))
    text = zipfile.ZipFile(wheel).read(entry_points).decode()
    assert "vibecoder = vibecoder.cli:main" in text
    assert "vibecoder_stages = vibecoder_stages" in text


def test_the_installed_package_finds_its_configurations(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = "from vibecoder.config.files import configs_folder; from vibecoder.config import profiles; "
    script += "print(configs_folder(), profiles.names()[0])"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(tmp_path / "site" / "vibecoder" / "configs"), "cpu-nano"]
