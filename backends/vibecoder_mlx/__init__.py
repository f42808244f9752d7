"""The MLX backend: Apple silicon through Metal, Linux through MLX's CPU build. Only its descriptor lives here."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.util import find_spec

from vibecoder.hookspecs import hookimpl
from vibecoder.plugins.lazily import lazily
from vibecoder.types import Backend, BackendSpec, MemoryModel, MemorySetup, ModelSpec, Workload

__all__ = ["vibecoder_backends"]

_DEVICES = ("apple", "cpu")


def _unusable() -> str | None:
    if platform.system() == "Darwin" and platform.machine() != "arm64":
        return "MLX needs Apple silicon; this Mac has an Intel processor"
    if platform.system() not in ("Darwin", "Linux"):
        return f"MLX has no build for {platform.system()}; use Linux (WSL works) or macOS"
    for package in ("mlx", "mlx_lm"):
        if find_spec(package) is None:
            return f"{package} is not installed; run: pip install 'vibecoder[mlx]'"
    return None


def _open(model: ModelSpec) -> Backend:
    from vibecoder_mlx.backend import MlxBackend

    return MlxBackend(model)


def _rank_and_world() -> tuple[int, int]:
    """Read MLX_RANK and the hosts in MLX_HOSTFILE, which `mlx.launch` sets for its ring, or the variables of MPI."""
    if "MLX_RANK" in os.environ and "MLX_HOSTFILE" in os.environ:
        import json
        from pathlib import Path

        return int(os.environ["MLX_RANK"]), len(json.loads(Path(os.environ["MLX_HOSTFILE"]).read_text()))
    return int(os.environ.get("OMPI_COMM_WORLD_RANK", 0)), int(os.environ.get("OMPI_COMM_WORLD_SIZE", 1))


def _standing(setup: MemorySetup) -> dict[str, int]:
    from vibecoder_mlx.memory.footprint import standing

    return standing(setup)


def _working(setup: MemorySetup, work: Workload) -> dict[str, int]:
    from vibecoder_mlx.memory.footprint import working

    return working(setup, work)


@hookimpl
def vibecoder_backends() -> Sequence[BackendSpec]:
    return [
        BackendSpec(
            name="mlx",
            summary="MLX and mlx-lm: Apple silicon, or any Linux CPU",
            objectives=("sft",),
            optimizers=("adamw",),
            quantizations=("none", "4bit", "8bit"),
            precisions=("auto", "float32", "bfloat16", "float16"),
            checkpointing=True,
            unusable=_unusable,
            open=_open,
            rank_and_world=_rank_and_world,
            memory=MemoryModel(_DEVICES, _standing, _working),
            prefix_once=True,
            convert=lazily("vibecoder_mlx.model.load:convert"),
        )
    ]
