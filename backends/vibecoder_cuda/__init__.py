"""The CUDA backend: TRL, peft and bitsandbytes on NVIDIA GPUs, or on any CPU. Only its descriptor lives here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec

from vibecoder.hookspecs import hookimpl
from vibecoder.types import Backend, BackendSpec, MemoryModel, MemorySetup, ModelSpec, Workload

__all__ = ["vibecoder_backends"]

_DEVICES = ("nvidia", "cpu")


def _unusable() -> str | None:
    for package in ("torch", "transformers", "accelerate", "peft", "trl", "bitsandbytes"):
        if find_spec(package) is None:
            return f"{package} is not installed; run: pip install 'vibecoder[cuda]'"
    return None


def _open(model: ModelSpec) -> Backend:
    from vibecoder_cuda.quiet import quiet

    with quiet():
        from vibecoder_cuda.backend import CudaBackend

        return CudaBackend(model)


def _rank_and_world() -> tuple[int, int]:
    """Read RANK and WORLD_SIZE, in which `accelerate launch` and `torchrun` number and count their processes."""
    return int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))


def _standing(setup: MemorySetup) -> dict[str, int]:
    from vibecoder_cuda.memory.footprint import standing

    return standing(setup)


def _working(setup: MemorySetup, work: Workload) -> dict[str, int]:
    from vibecoder_cuda.memory.footprint import working

    return working(setup, work)


@hookimpl
def vibecoder_backends() -> Sequence[BackendSpec]:
    return [
        BackendSpec(
            name="cuda",
            summary="TRL, peft and bitsandbytes: NVIDIA GPUs, or any CPU",
            objectives=("sft",),
            optimizers=("adamw", "adamw-8bit", "paged-adamw-8bit"),
            quantizations=("none", "4bit", "8bit"),
            precisions=("auto", "float32", "bfloat16", "float16"),
            checkpointing=True,
            unusable=_unusable,
            open=_open,
            rank_and_world=_rank_and_world,
            memory=MemoryModel(_DEVICES, _standing, _working),
        )
    ]
