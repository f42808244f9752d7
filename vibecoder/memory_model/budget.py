"""Find the memory that training may use: unified memory less macOS's share, a GPU's less its context, or RAM."""

from __future__ import annotations

from dataclasses import dataclass

from vibecoder.system.machine import GIB, Machine
from vibecoder.types import MemoryModel

__all__ = ["Budget", "budget_of"]

_WIRED = ((36 * GIB, 2 / 3), (float("inf"), 3 / 4))
"""Share of a Mac's memory that Metal may wire down, by how much it has (`recommendedMaxWorkingSetSize`)."""
_CONTEXT = GIB // 2
"""Bytes of CUDA's context and cuBLAS's workspace, outside torch's allocator."""
_SYSTEM = 0.85
"""Share of a computer's memory that a run may fill."""
_RUNTIME = GIB // 2
"""Bytes of Python and the libraries, which count where training shares the system's memory."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Bytes available to a backend's allocations, the `device` (apple, nvidia, cpu), and the source of the number."""

    bytes: int
    device: str
    reason: str


def budget_of(machine: Machine, model: MemoryModel) -> Budget:
    """Measure the memory budget of the best device that the backend of `model` can use here."""
    gpu = machine.gpu
    if "apple" in model.devices and machine.apple and not machine.translated:
        share = next(share for limit, share in _WIRED if machine.memory <= limit)
        wired = machine.wired_limit or int(machine.memory * share)
        set_by = "iogpu.wired_limit_mb" if machine.wired_limit else "what macOS lets a GPU hold"
        return Budget(wired, "apple", f"{set_by}, of {_gib(machine.memory)}")
    if "nvidia" in model.devices and gpu and gpu.memory:
        return Budget(gpu.memory - _CONTEXT, "nvidia", f"{gpu.name} with {_gib(gpu.memory)}, less CUDA's own")
    usable = max(0, int(machine.memory * _SYSTEM) - _RUNTIME)
    return Budget(usable, "cpu", f"{_SYSTEM:.0%} of {_gib(machine.memory)} of memory, less Python's own")


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"
