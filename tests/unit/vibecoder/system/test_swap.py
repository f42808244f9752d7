"""What the system says of its swap, and the one warning that a run gives."""

from __future__ import annotations

import pytest

from vibecoder.system import swap
from vibecoder.system.machine import GIB, Machine

MACOS = "total = 2048.00M  used = 1113.25M  free = 934.75M  (encrypted)\n"
LINUX = "MemTotal: 24636932 kB\nSwapCached: 0 kB\nSwapTotal:       2097148 kB\nSwapFree:        1048576 kB\n"


def test_both_systems_are_understood() -> None:
    assert swap.parse_swapusage(MACOS) == int(1113.25 * 1024**2)
    assert swap.parse_swapusage(MACOS.replace(".", ",")) == int(1113.25 * 1024**2)
    assert swap.parse_swapusage("") is None
    assert swap.parse_meminfo(LINUX) == (2097148 - 1048576) * 1024
    assert swap.parse_meminfo("MemTotal: 1 kB\n") is None


def test_growth_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    used = iter([GIB, GIB + 1, 3 * GIB, 9 * GIB])
    monkeypatch.setattr(swap, "swap_used", lambda: next(used))
    watch = swap.SwapWatch()
    assert watch.warning() is None
    assert "2.0 GiB went to swap" in str(watch.warning())
    assert watch.warning() is None


def test_advice_is_for_macs() -> None:
    mac = Machine("Darwin", "arm64", 16 * GIB, 8, "Apple M1")
    assert any("AGX_RELAX_CDM_CTXSTORE_TIMEOUT" in line for line in swap.advice(mac, {}))
    assert not any("AGX" in line for line in swap.advice(mac, {"AGX_RELAX_CDM_CTXSTORE_TIMEOUT": "1"}))
    assert swap.advice(Machine("Linux", "x86_64", GIB, 2), {}) == []
