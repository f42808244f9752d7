"""Measure how much memory the system has moved to disk: a model that does not quite fit pages instead of failing."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path

from vibecoder.system.machine import GIB, Machine

__all__ = ["SwapWatch", "advice", "parse_meminfo", "parse_swapusage", "swap_used"]

_UNITS = {"K": 1024, "M": 1024**2, "G": GIB}


def swap_used() -> int | None:
    """Measure the bytes in swap now, or return None where that cannot be found out."""
    try:
        if platform.system() == "Darwin":
            command = ["sysctl", "-n", "vm.swapusage"]
            return parse_swapusage(subprocess.run(command, capture_output=True, text=True, timeout=5).stdout)
        return parse_meminfo(Path("/proc/meminfo").read_text(encoding="ascii"))
    except (OSError, subprocess.SubprocessError):
        return None


def parse_swapusage(text: str) -> int | None:
    """Parse macOS's `total = 2048.00M used = 1113.25M free = 934.75M (encrypted)`; some locales write commas."""
    found = re.search(r"used = ([\d.,]+)([KMG])", text)
    return int(float(found[1].replace(",", ".")) * _UNITS[found[2]]) if found else None


def parse_meminfo(text: str) -> int | None:
    """Parse Linux's `/proc/meminfo`, which counts in KiB."""
    values = {key: int(number) for key, number in re.findall(r"^(Swap\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    if "SwapTotal" not in values or "SwapFree" not in values:
        return None
    return (values["SwapTotal"] - values["SwapFree"]) * 1024


class SwapWatch:
    """Warns once when a run has pushed more than 1 GiB into swap since it began."""

    def __init__(self) -> None:
        self._before = swap_used()

    def warning(self) -> str | None:
        """Return the warning the first time it is due, else None."""
        now = swap_used() if self._before is not None else None
        if now is None or self._before is None or now - self._before < GIB:
            return None
        grown = (now - self._before) / GIB
        self._before = None
        return (
            f"{grown:.1f} GiB went to swap since the run began, which makes it many times slower: close other "
            "programs, or stop and set train.tokens or data.max_length lower"
        )


def advice(machine: Machine, environment: dict[str, str]) -> list[str]:
    """List what to know before hours of training on a Mac."""
    if not machine.apple:
        return []
    notices = ["keep the Mac awake by running this under `caffeinate -is`; Ctrl-Z and `fg` pause it"]
    if "AGX_RELAX_CDM_CTXSTORE_TIMEOUT" not in environment:
        notices.append(
            "macOS may break off long GPU work while the display is on; if it does, training goes on with less at "
            "once. AGX_RELAX_CDM_CTXSTORE_TIMEOUT=1 in the environment, or a sleeping display, avoids it"
        )
    return notices
