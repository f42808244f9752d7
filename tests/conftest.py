"""Fixtures several test folders share: the embedded model, small real rows, one job trained on both backends."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import lora_gradients
from support.jobs import BACKENDS, Trained, reading_job, reading_rows, trained_by
from support.real_run import train_once
from support.small_nano import small_nano
from support.terminal import Terminal
from vibecoder import plugins
from vibecoder.adapters.initial import LoraWeights
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer
from vibecoder.runs.record import RunRecord
from vibecoder.types import Backend, ModelSpec, Rendered, TrainJob
from vibecoder_mlx.cpu.blas import load_blas
from vibecoder_mlx.cpu.denormals import flush_denormals

load_blas()  # before anything imports mlx.core, as transformers does, which would keep its slow one
flush_denormals()


def pytest_collection_finish() -> None:
    """Exempt what imports made from garbage collection, which would go through all of it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is remembered about models' folders out of the user's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        if "VIBECODER_CACHE" not in os.environ:
            patch.setenv("VIBECODER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def tokenizer() -> ChatTokenizer:
    return ChatTokenizer.load(NANO)


@pytest.fixture(scope="session")
def rows() -> list[Rendered]:
    return reading_rows()


@pytest.fixture(scope="session")
def make_job() -> Callable[..., TrainJob]:
    return reading_job


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Two layers of nano, opened in float32 by each backend in turn."""
    opened = plugins.load().backend(request.param).open(ModelSpec(str(small_nano()), precision="float32"))
    opened.name = request.param  # type: ignore[attr-defined]
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def random_lora() -> LoraWeights:
    return lora_gradients.random_lora()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of this session of tests see."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def trained(shared_folder: Path) -> dict[str, Trained]:
    """The same job on both backends; adapters under `trained[name].adapter`."""
    return {name: trained_by(name, shared_folder) for name in BACKENDS}


@pytest.fixture(scope="session")
def real_run(shared_folder: Path) -> Path:
    """The folder of a real run on nano; copy it before changing anything."""
    return train_once(shared_folder)


@pytest.fixture(scope="session")
def real_record(real_run: Path) -> RunRecord:
    """The record of the real run."""
    return RunRecord.read(real_run)


@pytest.fixture
def finished_run(real_run: Path, tmp_path: Path) -> Path:
    """A copy of the real run that a test may change."""
    return Path(shutil.copytree(real_run, tmp_path / "runs" / "friday"))


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Terminal(capsys)
