"""Counts, durations, memory and rates in few characters."""

from __future__ import annotations

from typing import Any

import pytest

from vibecoder.system.units import counted, duration, memory, rate


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (counted(1, "row"), "1 row"),
        (counted(0, "row"), "0 rows"),
        (counted(2, "copy", "copies"), "2 copies"),
        (duration(6.6), "0:07"),
        (duration(723), "12:03"),
        (duration(3723), "1:02:03"),
        (memory(812 * 2**20), "812 MiB"),
        (memory(1010 * 2**20), "1.0 GiB"),
        (memory(1.94 * 2**30), "1.9 GiB"),
        (rate(7.46), "7.5"),
        (rate(812.3), "812"),
        (rate(9999.9), "10.0k"),
        (rate(12345), "12.3k"),
    ],
)
def test_numbers_are_short(written: Any, expected: str) -> None:
    assert written == expected
