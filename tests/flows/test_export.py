"""Exports from the command line: written, held against the trainer's model, served, refused where they are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from click.testing import CliRunner

from support.rows import reading
from support.small_nano import small_nano
from vibecoder.adapters.folder import write_adapter
from vibecoder.cli.export.group import export
from vibecoder.dataset.store import Dataset
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import LoraSpec, ModelSpec


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rows and an adapter of two layers of nano."""
    folder = tmp_path_factory.mktemp("given")
    Dataset(folder / "rows.jsonl").append([reading(number) for number in range(24)])
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(4, 256)) / 16, rng.normal(size=(256, 4)) / 16
    (folder / "adapter").mkdir()
    weights = {"model.layers.0.self_attn.q_proj": (a.astype(np.float32), b.astype(np.float32))}
    write_adapter(folder / "adapter", weights, LoraSpec(4, 8.0, 0.0, ("q_proj",)), str(small_nano()))
    return folder


def run(given: Path, *words: str, status: int = 0) -> dict[str, Any]:
    common = ["--adapter", str(given / "adapter"), "--data", str(given / "rows.jsonl"), "--json"]
    done = CliRunner().invoke(export, [*words, *common])
    assert done.exit_code == status, (done.output, done.exception)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_gguf_files_are_proven_and_wrong_ones_are_not_handed_on(given: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = run(given, "gguf", "--quant", "F16", "--quant", "Q4_K_M", "--output", str(out))
    half, four = (each["truth"]["checks"] for each in found["files"])
    assert (half["ids"]["different"], half["texts"]["different"]) == (0, 0)
    assert half["ids"]["texts"] > 1000
    assert half["numbers"]["kl"] < 1e-3 < four["numbers"]["kl"]
    assert half["calls"]["served"] == half["calls"]["trainer"]
    assert found["files"][1]["weighed_rows"] > 0
    assert json.loads((out / "vibecoder_export.json").read_text())["truth"].keys() == {
        p.name for p in out.glob("*.gguf")
    }

    path = next(out.glob("*F16.gguf"))
    reader = gguf.GGUFReader(path, "r+")
    matrix = next(each for each in reader.tensors if each.name == "blk.1.ffn_up.weight")
    matrix.data[:] = matrix.data[::-1]
    reader.data.flush()
    found = run(given, "verify", str(path), status=1)
    checks = found["truth"][path.name]["checks"]
    assert checks["ids"]["passed"]
    assert not checks["numbers"]["passed"]


def test_merged_and_mlx_folders_are_proven(given: Path, tmp_path: Path) -> None:
    found = run(given, "merged", "--output", str(tmp_path / "merged"))
    assert found["files"][0]["truth"]["checks"]["numbers"]["kl"] < 1e-4
    found = run(given, "mlx", "--quant", "8bit", "--output", str(tmp_path / "mlx"))
    assert found["files"][0]["truth"]["checks"]["numbers"]["kl"] < 0.02
    assert json.loads((tmp_path / "mlx" / "config.json").read_text())["quantization"]["bits"] == 8
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["merged", "mlx"]
    assert run(given, "verify", str(tmp_path / "mlx"))["passed"]


def test_an_adapter_alone_is_proven_on_its_base(given: Path, tmp_path: Path) -> None:
    found = run(given, "gguf", "--adapter-only", "--output", str(tmp_path))
    assert found["files"][0]["truth"]["checks"]["numbers"]["kl"] < 1e-3
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"{small_nano().name}-tuned-lora-F16.gguf", "vibecoder_export.json"]
    assert run(given, "verify", str(tmp_path))["passed"]


def test_both_backends_see_the_same_inside() -> None:
    from vibecoder_cuda.backend import CudaBackend
    from vibecoder_mlx.backend import MlxBackend

    tokenizer = ChatTokenizer.load(NANO)
    rows = [render(reading(number), tokenizer).ids.tolist() for number in range(2)]
    opened = [backend(ModelSpec(str(small_nano()), precision="float32")) for backend in (MlxBackend, CudaBackend)]
    first, second = ([*backend.distributions(rows, None)] for backend in opened)
    assert max(np.abs(one - other).max() for one, other in zip(first, second, strict=True)) < 1e-3
    weights = [np.linspace(0, 1, len(row), dtype=np.float32) for row in rows]
    ours, theirs = (backend.input_squares(rows, weights, None) for backend in opened)
    assert ours.keys() == theirs.keys()
    assert {"lm_head", "model.layers.1.mlp.down_proj"} <= ours.keys()
    for name, squares in ours.items():
        np.testing.assert_allclose(squares, theirs[name], rtol=1e-3, atol=1e-5 * squares.max())
