"""Detect this machine's system, memory, cores, Apple chip and NVIDIA GPUs without importing a framework."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass

__all__ = ["Gpu", "Machine", "cores", "detect", "parse_nvidia_smi"]

GIB = 1024**3
_QUERY = "index,name,memory.total,compute_cap"


@dataclass(frozen=True, slots=True)
class Gpu:
    """An NVIDIA GPU: `memory` in bytes (0 where it shares the system's), compute capability such as (7, 5)."""

    name: str
    memory: int
    capability: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """The facts that choose a profile; `memory` is bytes this process may use, `cores` those it may run on.

    `apple` is the chip's name on Apple silicon, else empty; `translated` means that Python runs under Rosetta there.
    `wired_limit` is the user's limit on Metal's memory in bytes, 0 where macOS decides.
    """

    system: str
    arch: str
    memory: int
    cores: int
    apple: str = ""
    translated: bool = False
    gpus: tuple[Gpu, ...] = ()
    wired_limit: int = 0

    @property
    def gpu(self) -> Gpu | None:
        """Return the GPU with the most memory, or None."""
        return max(self.gpus, key=lambda gpu: gpu.memory, default=None)

    def __str__(self) -> str:
        parts = [f"{self.system} {self.arch}", f"{self.cores} cores", f"{self.memory / GIB:.0f} GB"]
        if self.apple:
            parts.append(self.apple)
        parts += [f"{gpu.name} {gpu.memory / GIB:.0f} GB" for gpu in self.gpus]
        return ", ".join(parts)


def detect() -> Machine:
    """Detect this machine; what cannot be found out counts as absent."""
    system, arch = platform.system(), platform.machine()
    apple, translated, wired = "", False, 0
    if system == "Darwin":
        translated = _output("sysctl", "-n", "sysctl.proc_translated") == "1"
        if arch == "arm64" or translated:
            apple = _output("sysctl", "-n", "machdep.cpu.brand_string") or "Apple silicon"
            limit = _output("sysctl", "-n", "iogpu.wired_limit_mb")
            wired = int(limit) * 1024**2 if limit.isdigit() else 0
    return Machine(system, arch, _memory(), cores(), apple, translated, _gpus(), wired)


def parse_nvidia_smi(text: str, visible: str | None = None) -> tuple[Gpu, ...]:
    """Parse GPUs from `nvidia-smi --query-gpu=index,name,memory.total[,compute_cap] --format=csv,noheader,nounits`.
    `visible` is `CUDA_VISIBLE_DEVICES`: indices to keep, empty or -1 for none; ids of another form keep all.
    """
    if visible is not None and visible.strip() in ("", "-1"):
        return ()
    kept = set(re.findall(r"\d+", visible)) if visible and re.fullmatch(r"[\d, ]+", visible) else None
    gpus = []
    for line in text.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) < 3 or not fields[0].isdigit() or (kept is not None and fields[0] not in kept):
            continue
        memory = int(fields[2]) * 1024**2 if fields[2].isdigit() else 0
        numbers = re.fullmatch(r"(\d+)\.(\d+)", fields[3]) if len(fields) > 3 else None
        gpus.append(Gpu(fields[1], memory, (int(numbers[1]), int(numbers[2])) if numbers else None))
    return tuple(gpus)


def _gpus() -> tuple[Gpu, ...]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    for query in (_QUERY, _QUERY.removesuffix(",compute_cap")):  # drivers before 510 do not know compute_cap
        text = _output("nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader,nounits")
        if text:
            return parse_nvidia_smi(text, visible)
    return ()


def _memory() -> int:
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        memory = int(_output("sysctl", "-n", "hw.memsize") or 0)
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            return min(memory, int(file.read()))
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return memory


def cores() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _output(*command: str) -> str:
    """Run a command and return what it prints, empty where it is missing, fails or hangs."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
