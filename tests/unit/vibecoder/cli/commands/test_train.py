"""The options of `vibecoder train`."""

from __future__ import annotations

import pytest

from support.terminal import Terminal


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--stage", "full"], "--stage"),
        (["--set", "train.epochs=1"], "--set"),
        (["--dry-run"], "--dry-run"),
        (["--seed", "0"], "--seed"),
        (["--model", "nano"], "--model"),
    ],
)
def test_resuming_takes_no_new_settings(terminal: Terminal, args: list[str], named: str) -> None:
    assert f"drop {named} (see" in terminal("train", "--resume", *args, status=2).err
